/* SPDX-License-Identifier: GPL-3.0-or-later
 * POSIX ustar archives (IEEE Std 1003.1, pax, "ustar Interchange Format"), as far as ours go: regular files with short
 * plain names. docs/DESK-API.md says where they are used. */
#ifndef TAR_FORMAT_H
#define TAR_FORMAT_H

enum {
	TAR_BLOCK = 512,
	TAR_NAME_MAX = 100,
	TAR_END = 2 * TAR_BLOCK /* zero bytes that end an archive */
};
#define TAR_MAGIC    "ustar\0\x30\x30" /* and its version, "00"; cbmc reads five octal digits as one sign */
#define TAR_SIZE_MAX 077777777777ull   /* of a file; eleven octal digits: 8 GiB less a byte */
#define TAR_TIME_MAX 077777777777ull   /* since 1970: in the year 2242 */

#endif
