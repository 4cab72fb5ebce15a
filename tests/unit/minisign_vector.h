/* SPDX-License-Identifier: GPL-3.0-or-later
 * Made by Debian's minisign 0.11: `minisign -G -W`, `minisign -S -t "a trusted comment: yes"`, the same with -l. */
#ifndef MINISIGN_VECTOR_H
#define MINISIGN_VECTOR_H

#define MINISIGN_KEY       "RWS6rU36/cbVkPot8TRLtF30NifM6C6z5PvjgHguKMM3YxIBtDpILIB4"
#define MINISIGN_OTHER_KEY "RWRv8otQY5Z7OVK4rhfnnRS3GGBmkEQ9bFcJ11CSwfe7OBCxG1WaIk9s"
#define MINISIGN_COMMENT   "a trusted comment: yes"
// clang-format off: a line a line
#define MINISIGN_SIGNATURE \
	"untrusted comment: signature from minisign secret key\n" \
	"RUS6rU36/cbVkApz5on+NdbgBU52DL1RIx7rzIt2y4k19CuZgLQRPIB9qvLxDsaXOoNonAA1xk933SISm8v0cawOlYRMo8+sHQ4=\n" \
	"trusted comment: a trusted comment: yes\n" \
	"PuAsGZ/rmpgWkzrxV2L5kcvdEquV0fTihZ8WOy9xPuIw2oKwftPYJtoONZsdouhG55FYTR2pBGUilq24Mhx7Cg==\n"
#define MINISIGN_LEGACY \
	"untrusted comment: signature from minisign secret key\n" \
	"RWS6rU36/cbVkNndtApESdeq4tDa2NaHfYTrv37tmNRFPv8j7p50l7NURNsfwWK8Sy/aa9wP5x9x79ZyIJ1RfO0lFthUcETu3Qg=\n" \
	"trusted comment: x\n" \
	"wRx7CfM9gNHmv6C6Awpqr7WrF7dMH766wU8sCngkTMoyzg56gqZg4pCTy8xaJzrAykB3p/2WVorxR/dlLKwOAg==\n"
// clang-format on

#endif
