/* SPDX-License-Identifier: GPL-3.0-or-later
 * The console process: a calm status page on the screen and on the serial line, and the few keys. */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

/* CONSOLE_ORDER carries it. */
enum console_order { CONSOLE_POWER_OFF, CONSOLE_REBOOT, CONSOLE_ORDER_COUNT };

/* Role @console. Descriptors: ROLE_FD_UP, ROLE_FD_PART (PART_CONSOLE), ROLE_FD_A (the serial line, /dev/ttyS0) and
 * ROLE_FD_B (the screen, /dev/tty0 or /dev/tty1), both open for reading and writing; /dev/null stands in for a missing
 * one. Sends READY, and CONSOLE_ORDER once a person has confirmed it; shows each CONSOLE_STATE.
 * Without a part it is the one that asks before the box opens: it takes ASK_CHANNEL, shows each ASK on both terminals
 * and sends the ANSWER that is typed on either. It keeps no answer, and init ends it before the one with a part starts.
 */
int console_main(int argc, char **argv);

#endif
