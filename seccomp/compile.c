// SPDX-License-Identifier: GPL-3.0-or-later
/* seccomp-compile FILE.policy...  > seccomp_policies.c
 * seccomp-compile --list FILE.policy...
 * A tool of the build machine: reads the policy of each role and writes its filter as C. README.md has the grammar.
 * With --list it writes the alternatives of all rules in numbers instead, for tests/policies: a line each,
 *   FILE:LINE CALL allow|error [ARGUMENT:MASK:VALUE]...
 * Anything that it does not understand ends it with status 1 and a line FILE:LINE: why. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/filter.h>

#include "constants.h"

enum { MAX_LINE = 400, MAX_WORDS = 80, MAX_RULES = 128, MAX_CONDITIONS = 6, MAX_FILTER = 4096 };

struct rule {
	char call[32];
	uint32_t action;
};

/* One policy while it is being read. */
struct policy {
	const char *file;
	unsigned line;
	const char *role; /* lower case, as in roles.def */
	const char *name; /* upper case */
	scmp_filter_ctx filter;
	struct rule rules[MAX_RULES];
	size_t rule_count;
};

static const struct {
	const char *text;
	const char *name;
} roles[] = {
#define ROLE(name, text) {text, #name},
#include "../appliance/link/roles.def"
#undef ROLE
};

static const struct {
	const char *name;
	int value;
} errnos[] = {
    {"EPERM", EPERM},   {"EACCES", EACCES}, {"ENOENT", ENOENT}, {"ENOSYS", ENOSYS}, {"EAFNOSUPPORT", EAFNOSUPPORT},
    {"EINVAL", EINVAL}, {"ENOTTY", ENOTTY}};

/* Calls that do many things: a rule that allows one has to say which, by a condition on this argument in each of its
 * alternatives. `never` are bits that no alternative may let through. */
static const struct {
	const char *call;
	unsigned argument;
	uint64_t never;
} demands[] = {
    {"mmap", 2, PROT_EXEC},
    {"mprotect", 2, PROT_EXEC},
    {"pkey_mprotect", 2, PROT_EXEC},
    {"mremap", 3, 0},
    {"madvise", 2, 0},
    {"socket", 0, 0},
    {"socket", 1, 0},
    {"socketpair", 0, 0},
    {"setsockopt", 1, 0},
    {"setsockopt", 2, 0},
    {"ioctl", 1, 0},
    {"fcntl", 1, 0},
    {"prctl", 0, 0},
    {"arch_prctl", 0, 0},
    {"clone", 0, 0},
    {"prlimit64", 0, 0},
    {"fallocate", 1, 0},
    {"seccomp", 0, 0},
    {"keyctl", 0, 0},
    {"bpf", 0, 0},
};

static bool listing;

static const char out_of_memory[] = "libseccomp has no memory";

__attribute__((noreturn, format(printf, 2, 3))) static void refuse(const struct policy *p, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%u: ", p->file, p->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/* One name or number of NAME|NAME|... */
static uint64_t term(const struct policy *p, const char *text)
{
	char *end;
	unsigned long long v;

	for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++)
		if (strcmp(constants[i].name, text) == 0)
			return constants[i].value;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		refuse(p, "\"%s\" is neither a number nor a constant of constants.h", text);
	return v;
}

static uint64_t value(const struct policy *p, char *text)
{
	uint64_t v = 0;
	char *rest = text;

	for (char *part = strsep(&rest, "|"); part != NULL; part = strsep(&rest, "|"))
		v |= term(p, part);
	return v;
}

/* argN = VALUE   or   argN & MASK = VALUE. Takes its words off the front of *at. */
static struct scmp_arg_cmp condition(const struct policy *p, char ***at)
{
	char **w = *at;
	unsigned index;

	if (w[0] == NULL || strncmp(w[0], "arg", 3) != 0 || w[0][3] < '0' || w[0][3] > '5' || w[0][4] != '\0')
		refuse(p, "a condition begins with arg0 to arg5, not with \"%s\"", w[0] == NULL ? "" : w[0]);
	index = (unsigned)(w[0][3] - '0');
	if (w[1] != NULL && strcmp(w[1], "=") == 0 && w[2] != NULL) {
		*at = w + 3;
		return SCMP_CMP64(index, SCMP_CMP_EQ, value(p, w[2]));
	}
	if (w[1] != NULL && strcmp(w[1], "&") == 0 && w[2] != NULL && w[3] != NULL && strcmp(w[3], "=") == 0 &&
	    w[4] != NULL) {
		*at = w + 5;
		return SCMP_CMP64(index, SCMP_CMP_MASKED_EQ, value(p, w[2]), value(p, w[4]));
	}
	refuse(p, "a condition is \"argN = VALUE\" or \"argN & MASK = VALUE\"");
}

static void list(const struct policy *p, uint32_t action, const char *call, const struct scmp_arg_cmp *conditions,
		 unsigned count)
{
	printf("%s:%u %s %s", p->file, p->line, call, action == SCMP_ACT_ALLOW ? "allow" : "error");
	for (unsigned i = 0; i < count; i++) {
		bool masked = conditions[i].op == SCMP_CMP_MASKED_EQ;
		printf(" %u:%llx:%llx", conditions[i].arg, masked ? (unsigned long long)conditions[i].datum_a : ~0ull,
		       (unsigned long long)(masked ? conditions[i].datum_b : conditions[i].datum_a));
	}
	putchar('\n');
}

static bool narrows(const struct scmp_arg_cmp *c, unsigned argument, uint64_t never)
{
	uint64_t mask = c->op == SCMP_CMP_MASKED_EQ ? c->datum_a : UINT64_MAX;
	uint64_t value = c->op == SCMP_CMP_MASKED_EQ ? c->datum_b : c->datum_a;

	return c->arg == argument && mask != 0 && (mask & never) == never && (value & never) == 0;
}

static void look_at_demands(const struct policy *p, const char *call, const struct scmp_arg_cmp *conditions,
			    unsigned count)
{
	for (size_t i = 0; i < sizeof demands / sizeof demands[0]; i++) {
		bool met = strcmp(demands[i].call, call) != 0;
		for (unsigned k = 0; k < count; k++)
			met = met || narrows(&conditions[k], demands[i].argument, demands[i].never);
		if (!met)
			refuse(p, "%s does many things: each alternative needs a condition on arg%u%s", call,
			       demands[i].argument, demands[i].never == 0 ? "" : " that leaves PROT_EXEC out");
	}
}

static void add(const struct policy *p, const struct rule *rule, int number, const struct scmp_arg_cmp *conditions,
		unsigned count)
{
	int r = seccomp_rule_add_exact_array(p->filter, rule->action, number, count, conditions);

	if (r != 0)
		refuse(p, "libseccomp refuses the rule: %s", strerror(-r));
	if (rule->action == SCMP_ACT_ALLOW)
		look_at_demands(p, rule->call, conditions, count);
	if (listing)
		list(p, rule->action, rule->call, conditions, count);
}

/* CONDITION [and CONDITION]... [or CONDITION [and CONDITION]...]... ; no words at all: whatever the arguments. */
static void add_alternatives(const struct policy *p, const struct rule *rule, int number, char **w)
{
	struct scmp_arg_cmp conditions[MAX_CONDITIONS];
	unsigned count = 0;

	if (*w == NULL) {
		add(p, rule, number, NULL, 0);
		return;
	}
	for (;;) {
		if (count == MAX_CONDITIONS)
			refuse(p, "more than %d conditions", MAX_CONDITIONS);
		conditions[count++] = condition(p, &w);
		if (*w == NULL || strcmp(*w, "or") == 0) {
			add(p, rule, number, conditions, count);
			count = 0;
			if (*w == NULL)
				return;
		} else if (strcmp(*w, "and") != 0) {
			refuse(p, "expected \"and\", \"or\" or \": reason\", not \"%s\"", *w);
		}
		w++;
	}
}

/* The last two words "-> ERRNO" are taken off: refused with that error instead of allowed. */
static uint32_t action_of(const struct policy *p, char **words, size_t *count)
{
	const char *name = *count >= 3 ? words[*count - 1] : NULL;

	if (name == NULL || strcmp(words[*count - 2], "->") != 0)
		return SCMP_ACT_ALLOW;
	*count -= 2;
	words[*count] = NULL;
	for (size_t i = 0; i < sizeof errnos / sizeof errnos[0]; i++)
		if (strcmp(errnos[i].name, name) == 0)
			return SCMP_ACT_ERRNO((uint16_t)errnos[i].value);
	refuse(p, "\"%s\" is not an error that a policy may answer with", name);
}

static void read_rule(struct policy *p, char *text)
{
	char *words[MAX_WORDS + 1];
	size_t count = 0;
	struct rule *rule;
	int number;

	for (char *w = strtok(text, " \t"); w != NULL; w = strtok(NULL, " \t")) {
		if (count == MAX_WORDS)
			refuse(p, "too many words");
		words[count++] = w;
	}
	words[count] = NULL;
	if (count == 0)
		refuse(p, "no system call is named");
	if (p->rule_count == MAX_RULES)
		refuse(p, "more than %d rules", MAX_RULES);
	number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, words[0]);
	if (number < 0)
		refuse(p, "x86-64 has no system call \"%s\"", words[0]);
	rule = &p->rules[p->rule_count];
	snprintf(rule->call, sizeof rule->call, "%s", words[0]);
	rule->action = action_of(p, words, &count);
	for (size_t i = 0; i < p->rule_count; i++)
		if (strcmp(p->rules[i].call, rule->call) == 0 && p->rules[i].action == rule->action)
			refuse(p, "%s is here twice; join the lines with \"or\"", rule->call);
	p->rule_count++;
	add_alternatives(p, rule, number, words + 1);
}

static void read_line(struct policy *p, char *line)
{
	size_t n = strlen(line);
	char *reason;

	if (n == 0 || line[n - 1] != '\n')
		refuse(p, "the line is longer than %d bytes or has no end", MAX_LINE);
	line[n - 1] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return;
	reason = strstr(line, " : ");
	if (reason == NULL || strspn(reason + 3, " \t") == strlen(reason + 3))
		refuse(p, "a rule ends in \" : \" and its reason");
	*reason = '\0';
	read_rule(p, line);
}

static void name_role(struct policy *p)
{
	const char *base = strrchr(p->file, '/');

	base = base == NULL ? p->file : base + 1;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		size_t n = strlen(roles[i].text);
		if (strncmp(base, roles[i].text, n) == 0 && strcmp(base + n, ".policy") == 0) {
			p->role = roles[i].text;
			p->name = roles[i].name;
			return;
		}
	}
	refuse(p, "the file's name is not that of a role (link/roles.def) and \".policy\"");
}

/* Killing is the answer to everything that no rule names, and to every entry that is not x86-64's own: i386 by its
 * architecture, x32 by the bit in the number. */
static void begin(struct policy *p)
{
	p->filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (p->filter == NULL)
		refuse(p, "%s", out_of_memory);
	if (seccomp_arch_exist(p->filter, SCMP_ARCH_X86_64) != 0) {
		if (seccomp_arch_add(p->filter, SCMP_ARCH_X86_64) != 0 ||
		    seccomp_arch_remove(p->filter, SCMP_ARCH_NATIVE) != 0)
			refuse(p, "libseccomp can't compile for x86-64");
	}
	if (seccomp_attr_set(p->filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		refuse(p, "libseccomp can't kill foreign architectures");
	/* A tree by call number. The kernel runs the filter once for every number there is when a worker loads it, so
	 * its depth is what loading costs. */
	if (seccomp_attr_set(p->filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
		refuse(p, "this libseccomp has no binary tree (2.5 or newer)");
}

static void emit(struct policy *p)
{
	static struct sock_filter code[MAX_FILTER];
	int fd = memfd_create("bpf", 0);
	ssize_t n;

	if (fd < 0 || seccomp_export_bpf(p->filter, fd) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		refuse(p, "libseccomp can't export the filter");
	n = read(fd, code, sizeof code);
	close(fd);
	if (n <= 0 || (size_t)n % sizeof code[0] != 0 || (size_t)n == sizeof code)
		refuse(p, "the filter is empty or longer than %d instructions", MAX_FILTER - 1);
	printf("\n/* %s: %zu rules */\nstatic const struct sock_filter %s_filter[] = {\n", p->role, p->rule_count,
	       p->role);
	for (size_t i = 0; i < (size_t)n / sizeof code[0]; i++)
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", code[i].code, code[i].jt, code[i].jf, code[i].k);
	printf("};\n");
}

static void compile(struct policy *p)
{
	char line[MAX_LINE + 2];
	FILE *f = fopen(p->file, "r");

	if (f == NULL)
		refuse(p, "%s", strerror(errno));
	name_role(p);
	begin(p);
	while (fgets(line, sizeof line, f) != NULL) {
		p->line++;
		read_line(p, line);
	}
	fclose(f);
	if (p->rule_count == 0)
		refuse(p, "no rule");
	if (!listing)
		emit(p);
	seccomp_release(p->filter);
}

int main(int argc, char **argv)
{
	static struct policy policies[sizeof roles / sizeof roles[0]];
	size_t count;

	listing = argc > 1 && strcmp(argv[1], "--list") == 0;
	argv += listing ? 2 : 1;
	count = (size_t)argc - (listing ? 2 : 1);
	if (count < 1 || count > sizeof policies / sizeof policies[0]) {
		fprintf(stderr, "usage: seccomp-compile [--list] ROLE.policy...\n");
		return 2;
	}
	if (!listing)
		printf("/* Written by seccomp/compile.c from seccomp/ROLE.policy. Don't edit. */\n"
		       "#include \"confine/seccomp_policies.h\"\n");
	for (size_t i = 0; i < count; i++) {
		policies[i].file = argv[i];
		compile(&policies[i]);
		for (size_t j = 0; j < i; j++)
			if (policies[j].role == policies[i].role)
				refuse(&policies[i], "the role %s has two policies", policies[i].role);
	}
	if (listing)
		return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
	printf("\nconst struct seccomp_policy seccomp_policies[ROLE_COUNT] = {\n");
	for (size_t i = 0; i < count; i++)
		printf("\t[ROLE_%s] = {%s_filter, sizeof %s_filter / sizeof %s_filter[0]},\n", policies[i].name,
		       policies[i].role, policies[i].role, policies[i].role);
	printf("};\n");
	return fflush(stdout) != 0 || ferror(stdout) ? 1 : 0;
}
