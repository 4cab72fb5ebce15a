/* SPDX-License-Identifier: GPL-3.0-or-later
 * Linked into the unit tests that ASan and UBSan watch: what the libraries, built for musl, ask for and glibc lacks. */
int issetugid(void);

int issetugid(void)
{
	return 0;
}
