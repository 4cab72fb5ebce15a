/* SPDX-License-Identifier: GPL-3.0-or-later
 * The binary's entry: relocate.c first, then the C library's own entry, with the stack and the registers as the kernel
 * left them. */
	.section .text.courier_start, "ax"
	.globl courier_start
	.hidden courier_start
	.hidden courier_relocate
courier_start:
	mov %rsp, %rdi
	call courier_relocate
	xor %edx, %edx /* no function to call at the end: the kernel leaves 0 here */
	jmp _start

	.section .note.GNU-stack, "", @progbits
