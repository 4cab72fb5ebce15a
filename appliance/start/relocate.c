/* SPDX-License-Identifier: GPL-3.0-or-later
 * Relocates the program before the C library starts, which then finds nothing left to do. For two reasons:
 *
 * - Speed. Relocating writes to 150 pages, of which 140 are tables of Tor and OpenSSL. Most workers use none of them,
 * and a worker's start is what a connection costs. So there they stay as they are in the file: pages that are never
 *   touched, until somebody calls libraries_ready(). A pointer in them is an offset from 0: who uses it before, ends by
 *   SIGSEGV.
 * - Safety. musl does not make relocated data read-only in a static program (PT_GNU_RELRO); here it is done.
 *
 * The pages that are written are asked for at once (MADV_POPULATE_WRITE, since 5.14; an older kernel refuses, and
 * nothing is lost), not by one page fault each.
 *
 * Nothing is set up yet: no relocated pointer, no thread area (so no stack protector), no function of the C library. */
#include <elf.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "start/libraries.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef DT_RELRSZ
#define DT_RELRSZ 35
#define DT_RELR   36
#endif

#define HIDDEN __attribute__((visibility("hidden")))
#define EARLY  __attribute__((no_stack_protector))

/* The linker's, and layout.ld's. */
extern HIDDEN const Elf64_Ehdr __ehdr_start;
extern HIDDEN Elf64_Dyn _DYNAMIC[];
extern HIDDEN char __init_array_start[], libraries_ro_start[], libraries_ro_end[], libraries_data_start[],
    libraries_data_end[];

HIDDEN void courier_relocate(const uintptr_t *stack);

/* The address, worked out by the instruction itself: otherwise the compiler may load two at once from a table, which is
 * not relocated yet. */
static inline EARLY uintptr_t address(const void *p)
{
	__asm__("" : "+r"(p));
	return (uintptr_t)p;
}

static inline EARLY void call(long number, uintptr_t a, uintptr_t b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
}

static EARLY void populate(uintptr_t from, uintptr_t to)
{
	const uintptr_t page = 4096;
	uintptr_t start = from & ~(page - 1);

	call(SYS_madvise, start, ((to + page - 1) & ~(page - 1)) - start, MADV_POPULATE_WRITE);
}

static EARLY bool is(const char *text, const char *name)
{
	while (*text == *name && *name != '\0') {
		text++;
		name++;
	}
	return *text == *name;
}

static EARLY bool is_worker(const uintptr_t *stack)
{
	const char *name = stack[0] >= 2 ? (const char *)stack[2] : "";

	return is(name, "@visit") || is(name, "@collect");
}

static EARLY void protect(uintptr_t base)
{
	const Elf64_Phdr *p = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);

	for (size_t i = 0; i < __ehdr_start.e_phnum; i++)
		if (p[i].p_type == PT_GNU_RELRO) {
			uintptr_t start = (base + p[i].p_vaddr) & ~(uintptr_t)4095;
			uintptr_t end = (base + p[i].p_vaddr + p[i].p_memsz) & ~(uintptr_t)4095;
			call(SYS_mprotect, start, end - start, PROT_READ);
		}
}

/* stack: as the kernel leaves it, argc first. */
EARLY void courier_relocate(const uintptr_t *stack)
{
	struct libraries_relocations *r = &libraries_relocations;
	const bool worker = is_worker(stack);
	Elf64_Dyn *size = NULL;

	r->base = address(&__ehdr_start); /* the file's first byte is at address 0 of its own */
	r->ranges[0].start = address(libraries_ro_start);
	r->ranges[0].end = address(libraries_ro_end);
	r->ranges[0].read_only = true;
	r->ranges[1].start = address(libraries_data_start);
	r->ranges[1].end = address(libraries_data_end);
	populate(worker ? r->ranges[0].end : address(__init_array_start),
		 worker ? r->ranges[1].start : r->ranges[1].end);
	/* There are no other relocations in this binary (image/binary-check). */
	for (Elf64_Dyn *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELR)
			r->packed = (const uint64_t *)(r->base + d->d_un.d_ptr);
		else if (d->d_tag == DT_RELRSZ)
			size = d;
	}
	if (size != NULL) {
		r->count = size->d_un.d_val / sizeof(uint64_t);
		size->d_un.d_val = 0; /* done here: the C library shall not do it again */
		libraries_apply(r, false);
		if (worker)
			r->pending = true;
		else
			libraries_apply(r, true);
	}
	protect(r->base);
}
