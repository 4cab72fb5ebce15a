/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn/clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#define CLONE_INTO_CGROUP_FLAG 0x200000000ull /* since Linux 5.7; <sched.h> may be older */

/* One at a time: the parent sleeps while a child uses it. */
static _Alignas(16) uint8_t child_stack[64 * 1024];

/* struct clone_args of linux/sched.h, version 2. */
struct clone3_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
	    cgroup;
};

pid_t clone_borrowing(uint64_t flags, int cgroup, int (*body)(void *context), void *context)
{
	struct clone3_arguments arguments = {
	    .flags = CLONE_VM | CLONE_VFORK | flags | (cgroup >= 0 ? CLONE_INTO_CGROUP_FLAG : 0),
	    .exit_signal = SIGCHLD,
	    .stack = (uint64_t)(uintptr_t)child_stack,
	    .stack_size = sizeof child_stack,
	    .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	register int (*body_register)(void *) __asm__("r12") = body;
	register void *context_register __asm__("r13") = context;
	long result;

	/* The child comes out with an empty stack, so it can't return from here: it calls the body and exits. */
	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r13, %%rdi\n\t"
			 "call *%%r12\n\t"
			 "mov %%eax, %%edi\n\t"
			 "mov %[exit_group], %%eax\n\t"
			 "syscall\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"((long)SYS_clone3), "D"(&arguments), "S"(sizeof arguments), "r"(body_register),
			   "r"(context_register), [exit_group] "i"(SYS_exit_group)
			 : "rcx", "r11", "memory");
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return (pid_t)result;
}
