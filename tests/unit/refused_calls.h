/* SPDX-License-Identifier: GPL-3.0-or-later
 * System calls that the kernel refuses: a test's function runs in a thread of its own, whose filter answers them with
 * an error. All that is refused is refused each time, in that thread alone. */
#ifndef REFUSED_CALLS_H
#define REFUSED_CALLS_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { REFUSED_MAX = 4 };

struct refused {
	int error;
	int calls[REFUSED_MAX]; /* SYS_...; 0 after the last (read can't be refused) */
	void (*run)(void *context);
	void *context;
	int set_up; /* 0: the filter stood */
};

__attribute__((unused)) static void *refused_thread(void *p)
{
	struct refused *r = p;
	struct sock_filter rules[2 * REFUSED_MAX + 2];
	struct sock_fprog program = {0, rules};

	rules[program.len++] =
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < REFUSED_MAX && r->calls[i] != 0; i++) {
		rules[program.len++] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)r->calls[i], 0, 1);
		rules[program.len++] =
		    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)r->error);
	}
	rules[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	r->set_up =
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? -1 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	if (r->set_up == 0)
		r->run(r->context);
	return NULL;
}

__attribute__((unused)) static void while_refused(struct refused r)
{
	pthread_t thread;

	r.set_up = -1;
	assert_int_equal(pthread_create(&thread, NULL, refused_thread, &r), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.set_up, 0);
}

#endif
