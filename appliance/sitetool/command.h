/* SPDX-License-Identifier: GPL-3.0-or-later
 * `courier site COMMAND`: the operator's tool, on a workstation. */
#ifndef SITETOOL_COMMAND_H
#define SITETOOL_COMMAND_H

/* argv[0] is "site". Returns an enum site_status (sitefile/say.h). */
int site_main(int argc, char **argv);

/* Each takes argv from its own name on and returns an enum site_status. */
int site_init(int argc, char **argv);
int site_edit(int argc, char **argv);
int site_show(int argc, char **argv);
int site_check_file(int argc, char **argv);
int site_rotate(int argc, char **argv);
int site_export(int argc, char **argv);
int site_recover(int argc, char **argv);
int site_refresh(int argc, char **argv);

#endif
