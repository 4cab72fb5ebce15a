/* SPDX-License-Identifier: GPL-3.0-or-later
 * The binary's entry. The C library relocates the program itself before anything else, and so writes to about 150 pages
 * of tables, one page fault each: a fifth of what a worker's start costs. Here the kernel is asked for all of them at
 * once (MADV_POPULATE_WRITE, since 5.14; an older kernel refuses, and nothing is lost). Then comes the C library's
 * own entry, with the registers and the stack as the kernel left them. */
#define SYS_madvise 28
#define MADV_POPULATE_WRITE 23

	.section .text.courier_start, "ax"
	.globl courier_start
	.hidden courier_start
	.hidden __init_array_start
	.hidden _edata
courier_start:
	lea __init_array_start(%rip), %rdi
	and $-4096, %rdi
	lea _edata(%rip), %rsi
	sub %rdi, %rsi
	mov $MADV_POPULATE_WRITE, %edx
	mov $SYS_madvise, %eax
	syscall
	xor %edx, %edx /* no function to call at the end: the kernel leaves 0 here */
	jmp _start

	.section .note.GNU-stack, "", @progbits
