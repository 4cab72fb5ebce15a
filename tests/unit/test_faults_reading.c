/* SPDX-License-Identifier: GPL-3.0-or-later
 * The commands that read, while each of their calls fails (command_faults.h): verify-image, the desk's list, its
 * messages, and its inbox in a browser.
 *
 *   test_faults_reading [TEST] */
#include "command_faults.h"

#include <arpa/inet.h>

#include "agetool/command.h"
#include "browse/command.h"
#include "crypto/crypto.h"
#include "desk/desk.h"
#include "limits.h"
#include "minisign_vector.h"
#include "small_image.h"
#include "verify/command.h"
#include "verify/partition.h"
#include "verify/registers.h"

static int command(int argc, char **argv)
{
	if (strcmp(argv[0], "age") == 0)
		return age_main(argc, argv);
	return strcmp(argv[0], "desk") == 0 ? desk_main(argc, argv, browse_main) : verify_main(argc, argv);
}

/* ---- verify-image */

enum { IMAGE_LEN = PARTITION_AT + SMALL_PARTITION_LEN };

static const char *const verify_unsigned[] = {"verify-image", "--manifest", "manifest", "--unsigned", "image", NULL};
static const char *const verify_signed[] = {"verify-image", "--manifest", "manifest", "--key", "key", "image", NULL};

static void put_hex(struct buf *out, const char *key, const uint8_t hash[static 32], const char *end)
{
	buf_str(out, key);
	buf_hex(out, bytes_of(hash, 32));
	buf_str(out, end);
}

static void prepare_image(void)
{
	static uint8_t image[IMAGE_LEN], program[SMALL_PROGRAM_LEN], text[2048];
	static const char empty[] = "courier-stick 0000000000\n";
	struct buf manifest = buf_over(text, sizeof text);
	struct registers r;
	uint8_t hash[32];

	new_root();
	for (size_t i = 0; i < 2; i++)
		memcpy(image + i * LIMIT_STICK_AREA, empty, sizeof empty - 1);
	small_partition(image + PARTITION_AT);
	small_program(program);
	assert_int_equal(registers_compute(BYTES_ARRAY(program), &r), ERR_OK);
	sha256(BYTES_ARRAY(image), hash);
	put_hex(&manifest, "{\"outputs\": {\"courier.img\": {\"sha256\": \"", hash, "\", \"size\": ");
	buf_decimal(&manifest, IMAGE_LEN);
	buf_str(&manifest, "}}, \"site_areas\": [[0, 307200], [307200, 307200]], ");
	put_hex(&manifest, "\"pcr\": {\"4\": \"", r.pcr4, "\", ");
	put_hex(&manifest, "\"4-secure-boot\": \"", r.pcr4_secure_boot, "\", ");
	put_hex(&manifest, "\"11\": \"", r.pcr11, "\"}}");
	assert_false(manifest.failed);
	put("image", image, sizeof image);
	put("manifest", manifest.p, manifest.len);
}

/* What was signed is no manifest: that is said after its signature was found good. */
static void prepare_signed(void)
{
	prepare_image();
	put("manifest", "hello\n", 6);
	put("manifest.minisig", MINISIGN_SIGNATURE, strlen(MINISIGN_SIGNATURE));
	put("key", MINISIGN_KEY, strlen(MINISIGN_KEY));
}

static bool said_so(const char *words)
{
	static uint8_t said[4096];
	size_t n;

	assert_int_equal(fd_read_file("said", said, sizeof said, &n), ERR_OK);
	return bytes_find(bytes_of(said, n), bytes_str(words)) < n;
}

static void nothing_said(void)
{
	assert_false(said_so("courier"));
}

static void no_manifest_said(void)
{
	assert_true(said_so("This is no manifest of this project."));
}

/* Want of memory says nothing of an image. */
static void no_verdict(void)
{
	assert_false(said_so("NOT") || said_so("Don't"));
}

static void an_image_is_verified(void **state)
{
	(void)state;
	try(&(struct trial){verify_unsigned, prepare_image, nothing_said, no_verdict});
}

static void a_signature_is_verified(void **state)
{
	(void)state;
	try_for(&(struct trial){verify_signed, prepare_signed, no_manifest_said, no_verdict}, 3);
}

/* ---- the desk's inbox */

#define BOX "desk/boxes/box"
#define C1  "00112233445566778899aabbccddeeff"
#define R1  "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
#define CON BOX "/conversations/" C1

static const char *const desk_list[] = {"desk", "list", "desk", NULL};
static const char *const desk_read[] = {"desk", "read", "desk", C1, NULL};
static const char *const desk_serve[] = {"desk", "serve", "desk", NULL};

static const struct {
	const char *name, *plain;
} delivered[] = {
    {CON "/0001.age", "Courier-Message: 1\nTopic: Roads\nLength: 5\nAttachments: 1\n\nhello"},
    {CON "/0002.data.age", "contents"},
    {CON "/0002.meta.age", "Name: a.pdf\nType: text/plain\nLength: 8\n"},
};

static void prepare_inbox(void)
{
	static uint8_t kept[4][8192];
	static size_t kept_len[4];

	new_root();
	run(WORDS("desk", "init", "--no-passphrase", "--classical", "desk"));
	assert_int_equal(mkdir(CON, 0700), 0);
	put(CON "/recipient", R1, strlen(R1));
	if (kept_len[3] == 0) {
		assert_int_equal(fd_read_file("desk/identity.txt", kept[3], sizeof kept[3], &kept_len[3]), ERR_OK);
		run(WORDS("age", "keygen", "-y", "-o", "recipients", "desk/identity.txt"));
		for (size_t i = 0; i < 3; i++) {
			put("plain", delivered[i].plain, strlen(delivered[i].plain));
			run(WORDS("age", "-R", "recipients", "-o", "sealed", "plain"));
			assert_int_equal(fd_read_file("sealed", kept[i], sizeof kept[i], &kept_len[i]), ERR_OK);
			assert_int_equal(unlink("sealed"), 0);
		}
		assert_int_equal(unlink("recipients") | unlink("plain"), 0);
	}
	put("desk/identity.txt", kept[3], kept_len[3]);
	for (size_t i = 0; i < 3; i++)
		put(delivered[i].name, kept[i], kept_len[i]);
}

static void desk_as_before(void)
{
	run(desk_list);
	assert_true(there(CON "/recipient") && there(CON "/0001.age") && there(CON "/0002.data.age"));
}

static bool saved(void)
{
	put("contents", "contents", 8);
	return there(BOX "/opened/" C1 "/0002-a.pdf") && same(BOX "/opened/" C1 "/0002-a.pdf", "contents");
}

static void all_is_read(void)
{
	assert_true(saved());
	assert_true(there(CON "/read"));
}

/* What was saved is whole, or not there; and the next time it all is. */
static void read_again(void)
{
	assert_true(saved() || !there(BOX "/opened/" C1 "/0002-a.pdf"));
	run(desk_read);
	all_is_read();
	assert_int_equal(count(BOX "/opened"), 3); /* two folders, a file */
}

static void the_list_is_shown(void **state)
{
	(void)state;
	SKIP_IF_SANITIZED(); /* all that can fail is memory, and ASan's is its own */
	try(&(struct trial){desk_list, prepare_inbox, desk_as_before, desk_as_before});
}

static void messages_are_read(void **state)
{
	(void)state;
	try(&(struct trial){desk_read, prepare_inbox, all_is_read, read_again});
}

/* ---- the same in a browser */

static struct {
	uint16_t port;
	char key[64], cookie[128], csrf[64];
	char answer[256 * 1024];
	bool all;    /* answered as it should be */
	bool aborts; /* what fails ends a process at once */
} browser;

/* What stands between two words of a text; false: it isn't there. */
static bool between(const char *text, const char *before, const char *after, char *out, size_t cap)
{
	const char *at = strstr(text, before);
	const char *end = at == NULL ? NULL : strstr(at + strlen(before), after);

	if (end == NULL)
		return false;
	at += strlen(before);
	assert_true((size_t)(end - at) < cap);
	memcpy(out, at, (size_t)(end - at));
	out[end - at] = '\0';
	return true;
}

/* Until it says where it is to be found; false: it ended before. */
static bool learns_the_link(pid_t server)
{
	static uint8_t text[4096];
	char port[8];
	size_t n;

	for (;;) {
		siginfo_t info = {.si_pid = 0};

		if (there("out")) {
			assert_int_equal(fd_read_file("out", text, sizeof text - 1, &n), ERR_OK);
			text[n] = '\0';
			if (between((const char *)text, "127.0.0.1:", "/", port, sizeof port) &&
			    between((const char *)text, "/enter?key=", "\n", browser.key, sizeof browser.key)) {
				browser.port = (uint16_t)strtoul(port, NULL, 10);
				return true;
			}
		}
		assert_int_equal(waitid(P_PID, (id_t)server, &info, WEXITED | WNOHANG | WNOWAIT), 0);
		if (info.si_pid != 0)
			return false;
		usleep(1000);
	}
}

/* The answer's status; 0: none came. */
static unsigned ask(const char *method, const char *path, const char *type, const char *body)
{
	const struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(browser.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static char request[4096];
	size_t len = 0;
	size_t got;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int n = snprintf(request, sizeof request,
			 "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nSec-Fetch-Site: same-origin\r\nCookie: "
			 "%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
			 method, path, browser.port, browser.cookie, type, strlen(body), body);

	assert_in_range(n, 1, sizeof request - 1);
	if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
	    fd_write_all(fd, bytes_of(request, (size_t)n), DEADLINE_NONE) == ERR_OK)
		while (fd_read_some(fd, browser.answer + len, sizeof browser.answer - 1 - len, DEADLINE_NONE, &got) ==
		       ERR_OK)
			len += got;
	close(fd);
	browser.answer[len] = '\0';
	return strncmp(browser.answer, "HTTP/1.1 ", 9) == 0 ? (unsigned)strtoul(browser.answer + 9, NULL, 10) : 0;
}

static void expect(unsigned status, unsigned got)
{
	/* A refusal, an answer that broke off: but nothing that says it went well and didn't. */
	if (got != status && got != 0 && got < 400)
		fail_msg("%u, not %u; %s failed", got, status, faults->name != NULL ? faults->name : "nothing");
	browser.all &= got == status;
}

static void enter(void)
{
	char path[80];

	browser.cookie[0] = '\0';
	(void)snprintf(path, sizeof path, "/enter?key=%s", browser.key);
	expect(303, ask("GET", path, "x", ""));
	if (!between(browser.answer, "Set-Cookie: ", ";", browser.cookie, sizeof browser.cookie))
		browser.all = false;
}

static void look_round(void)
{
	char form[512];

	expect(200, ask("GET", "/", "x", ""));
	expect(200, ask("GET", "/c/" C1, "x", ""));
	if (!between(browser.answer, "name=\"csrf\" value=\"", "\"", browser.csrf, sizeof browser.csrf))
		browser.all = false;
	expect(200, ask("GET", "/c/" C1 "/file/0002", "x", ""));
	(void)snprintf(form, sizeof form,
		       "--m\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n%s\r\n"
		       "--m\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nthanks\r\n"
		       "--m\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b\"\r\n\r\nmore\r\n--m--\r\n",
		       browser.csrf);
	expect(303, ask("POST", "/c/" C1 "/reply", "multipart/form-data; boundary=m", form));
	(void)snprintf(form, sizeof form, "csrf=%s", browser.csrf);
	expect(303, ask("POST", "/c/" C1 "/mute", "application/x-www-form-urlencoded", form));
}

/* In with the link, and round; and round again, when nothing fails any more: it all goes well. */
static void browse_it(pid_t server)
{
	unsigned at = faults->at;

	browser.all = true;
	if (!learns_the_link(server))
		return;
	enter();
	if (browser.all) {
		unsigned calls;

		look_round();
		calls = faults->calls;
		faults->at = 0;
		browser.all = true;
		look_round();
		faults->calls = calls;
		browser.aborts = faults->name != NULL && (strcmp(faults->name, "getrandom") == 0 || faults->memory[at]);
		if (!browser.all)
			fail_msg("not even the second time; %s failed: %.300s", faults->name, browser.answer);
	}
	kill(server, SIGTERM);
}

static void prepare_browser(void)
{
	play = NULL;
	prepare_inbox();
	play = browse_it;
}

static unsigned names_with(const char *folder, const char *ending)
{
	DIR *d = opendir(folder);
	const struct dirent *entry;
	unsigned n = 0;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);
		n += entry->d_name[0] != '.' && len >= strlen(ending) &&
		     strcmp(entry->d_name + len - strlen(ending), ending) == 0;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* What isn't ready has a dot before its name. Who ended by abort() leaves it, sealed, for a sweep. */
static void nothing_begun(const char *folder)
{
	if (there(folder) && !browser.aborts)
		assert_int_equal(count(folder), 1 + names_with(folder, ""));
}

/* Each reply in the outbox has the desk's own copies of its text and its file. */
static void replies_are_whole(void)
{
	unsigned sent = names_with(BOX "/outbox", ".tar");

	play = NULL;
	assert_true(names_with(CON "/replies", ".data.age") >= sent);
	nothing_begun(BOX "/outbox");
	nothing_begun(CON "/replies");
	desk_as_before();
}

static void the_browser_reads(void **state)
{
	(void)state;
	try(&(struct trial){desk_serve, prepare_browser, replies_are_whole, replies_are_whole});
	play = NULL;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_is_verified), cmocka_unit_test(a_signature_is_verified),
	    cmocka_unit_test(the_list_is_shown),    cmocka_unit_test(messages_are_read),
	    cmocka_unit_test(the_browser_reads),
	};

	return command_faults_run(tests, sizeof tests / sizeof tests[0], argc, argv);
}
