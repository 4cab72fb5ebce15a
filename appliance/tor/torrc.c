/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tor/torrc.h"

#include "tor/tor.h"

struct option {
	const char *name;
	const char *value;
	const char *reason;
};

/* Everything that Tor is told. Order counts after each HiddenServiceDir: what follows belongs to that service. */
static const struct option options[] = {
    {"DataDirectory", TOR_DIRECTORY "/data", "the only place that Tor may write to: a tmpfs of its own"},
    {"Log", "[*,~rend,~circ,~app,~edge,~protocol,~dos]warn-err [rend,circ,app,edge,protocol,dos]err stderr",
     "what is wrong with the box; those domains also warn about what clients do, and that is not kept"},
    {"SafeLogging", "1", "no addresses in these lines"},
    {"SocksPort", "0", "nobody uses this Tor to go out"},
    {"ControlPort", "0", "the owning control socket, handed over at start, is the only one"},
    {"__DisableSignalHandlers", "1", "the role's process decides what a signal does"},
    {"AvoidDiskWrites", "1", "its directory is memory"},
    {"NumCPUs", "1", "one thread for onion-service work beside the main one; each costs memory"},
    {"Sandbox", "0", "ours is loaded already, and is narrower than Tor's own"},
    {"HardwareAccel", "0", "no engines: there are none in this OpenSSL"},
    {"DisableDebuggerAttachment", "0", "the role is already not dumpable, and may not call ptrace"},
    {"CompiledProofOfWorkHash", "0", "compiling the proof-of-work hash needs writable and executable memory"},
    {"MaxMemInQueues", "64 MB", "a box with 192 MB serves; Tor can't look how much there is"},
    {"ClientOnly", "1", "never a relay, whatever else is set"},

    {"HiddenServiceDir", TOR_DIRECTORY "/source", "the door for sources"},
    {"HiddenServicePort", "80 unix:" TOR_SOURCE_SOCKET, "no loopback: the door process has no network"},
    {"HiddenServiceExportCircuitID", "haproxy", "budgets are per circuit, since there are no addresses"},
    {"HiddenServiceMaxStreams", "32",
     "a browser opens six; the door's own bound of a quarter of its slots comes first"},
    {"HiddenServiceMaxStreamsCloseCircuit", "1", "who opens more is not a browser"},
    {"HiddenServiceEnableIntroDoSDefense", "1", "introduction points hold back floods"},
    {"HiddenServiceEnableIntroDoSRatePerSec", "25", "Tor's default: introductions a second and point"},
    {"HiddenServiceEnableIntroDoSBurstPerSec", "200", "Tor's default: a link in the evening news"},
    {"HiddenServicePoWDefensesEnabled", "1", "under load, whoever computes for longer comes first"},
    {"HiddenServicePoWQueueRate", "50", "rendezvous circuits a second: what one core builds beside serving"},
    {"HiddenServicePoWQueueBurst", "250", "five seconds of that before proofs are asked for"},

    {"HiddenServiceDir", TOR_DIRECTORY "/desk",
     "the door for desks; only authorised clients can decrypt its descriptor"},
    {"HiddenServicePort", "80 unix:" TOR_DESK_SOCKET, "as above"},
    {"HiddenServiceExportCircuitID", "haproxy", "as above"},
    {"HiddenServiceMaxStreams", "16", "a desk uses one or two"},
    {"HiddenServiceMaxStreamsCloseCircuit", "1", "as above"},
    {"HiddenServiceEnableIntroDoSDefense", "1", "its address alone must not be enough to keep it busy"},
    {"HiddenServiceEnableIntroDoSRatePerSec", "5", "few desks, each with one circuit"},
    {"HiddenServiceEnableIntroDoSBurstPerSec", "50", "a desk that retries"},
};

/* The workstation's client. Its port and folders come with the command line (client.c). */
static const struct option client_options[] = {
    {"ControlPort", "0", "the owning control socket is the only one"},
    {"SafeLogging", "1", "no addresses in the log"},
    {"ClientOnly", "1", "never a relay, whatever else is set"},
    {"HardwareAccel", "0", "no engines: there are none in this OpenSSL"},
    {"DormantCanceledByStartup", "1", "it was started to be used, however long ago that was before"},
    {"NumCPUs", "1", "a client has little to compute"},
};

/* What a site file, or a desk's torrc, may add: which network, how to reach it, and the private network of the tests.
 * None of these names a file, a port, a log, a program or a service. */
static const struct option allowed[] = {
    {"UseBridges", NULL, "where Tor's relays are blocked"},
    {"Bridge", NULL, "plain bridges: there is no transport program in the box"},
    {"ReachableAddresses", NULL, "behind a firewall that lets few ports out"},
    {"FascistFirewall", NULL, "the same, short"},
    {"ClientUseIPv4", NULL, "which address family"},
    {"ClientUseIPv6", NULL, "which address family"},
    {"ClientPreferIPv6ORPort", NULL, "which address family"},
    {"ConnectionPadding", NULL, "more or less cover traffic to the guard"},
    {"ReducedConnectionPadding", NULL, "the same"},
    {"CircuitPadding", NULL, "cover traffic on circuits"},
    {"PathsNeededToBuildCircuits", NULL, "small test networks"},
    {"TestingTorNetwork", NULL, "a private network"},
    {"DirAuthority", NULL, "a private network's authorities"},
    {"FallbackDir", NULL, "where to fetch the first consensus"},
    {"AssumeReachable", NULL, "a private network's common lines; relays only"},
    {"TestingClientBootstrapConsensusAuthorityDownloadInitialDelay", NULL, "a private network"},
    {"TestingClientBootstrapConsensusFallbackDownloadInitialDelay", NULL, "a private network"},
    {"TestingClientBootstrapConsensusAuthorityOnlyDownloadInitialDelay", NULL, "a private network"},
    {"TestingClientConsensusDownloadInitialDelay", NULL, "a private network"},
    {"TestingClientDownloadInitialDelay", NULL, "a private network"},
    {"TestingDirConnectionMaxStall", NULL, "a private network"},
    {"TestingMinTimeToReportBandwidth", NULL, "a private network; relays only"},
};

enum { VALUE_MAX = 512 };

#define NO_RELAY "$0000000000000000000000000000000000000000"

static bool is_value_byte(uint8_t c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\' && c != '#' && c != '%';
}

bool torrc_is_option(struct bytes line, const char *name)
{
	struct bytes first = bytes_first(line, bytes_find(line, BYTES_LITERAL(" ")));

	return bytes_eq_nocase(first, name);
}

static enum err check_line(struct bytes line)
{
	struct bytes name;
	struct bytes value = line;

	/* Tor's own reader is more forgiving than this; nothing that it might read in another way gets past here. */
	if (!bytes_split(&value, ' ', &name) || name.n == 0 || value.n == 0)
		return ERR_FORMAT;
	if (value.n > VALUE_MAX)
		return ERR_TOO_BIG;
	for (size_t i = 0; i < value.n; i++)
		if (!is_value_byte(value.p[i]))
			return ERR_FORMAT;
	if (value.p[0] == ' ' || value.p[value.n - 1] == ' ')
		return ERR_FORMAT;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		if (bytes_eq_str(name, allowed[i].name))
			return ERR_OK;
	return ERR_UNSUPPORTED;
}

enum err torrc_check_extra(struct bytes lines, size_t *line)
{
	struct bytes one;

	for (size_t number = 1; bytes_split(&lines, '\n', &one); number++) {
		enum err e = one.n == 0 ? ERR_OK : check_line(one);
		if (e != ERR_OK) {
			*line = number;
			return e;
		}
	}
	return ERR_OK;
}

static enum err render(struct buf *out, const struct option *table, size_t count, struct bytes extra_lines)
{
	struct buf b = *out;
	struct bytes one;

	for (size_t i = 0; i < count; i++) {
		buf_str(&b, "# ");
		buf_str(&b, table[i].reason);
		buf_str(&b, "\n");
		buf_str(&b, table[i].name);
		buf_str(&b, " ");
		buf_str(&b, table[i].value);
		buf_str(&b, "\n");
	}
	buf_str(&b, "# extra lines\n");
	while (bytes_split(&extra_lines, '\n', &one))
		if (one.n > 0) {
			buf_put(&b, one);
			buf_str(&b, "\n");
		}
	if (b.failed)
		return ERR_TOO_BIG;
	*out = b;
	return ERR_OK;
}

enum err torrc_render(struct buf *out, const struct guards *guards, bool second, struct bytes extra_lines)
{
	struct buf b = *out;
	size_t line;
	enum err e = torrc_check_extra(extra_lines, &line);

	if (e != ERR_OK)
		return e;
	if (guards->count > 0) {
		buf_str(&b, "# the site file's guards: Tor waits for these and draws no others\nEntryNodes ");
		guards_put_entry_nodes(&b, guards);
		buf_byte(&b, '\n');
	}
	if (second)
		buf_str(&b,
			"# no relay has this name: until torctl has drawn layer-2 guards, services build no circuit\n"
			"HSLayer2Nodes " NO_RELAY "\n");
	e = render(&b, options, sizeof options / sizeof options[0], extra_lines);
	if (e == ERR_OK)
		*out = b;
	return e;
}

enum err torrc_render_client(struct buf *out, struct bytes extra_lines, size_t *line)
{
	enum err e = torrc_check_extra(extra_lines, line);

	if (e != ERR_OK)
		return e;
	return render(out, client_options, sizeof client_options / sizeof client_options[0], extra_lines);
}

enum err torrc_check_client(struct bytes line)
{
	const struct bytes prefix = BYTES_LITERAL("descriptor:x25519:");
	struct bytes key = bytes_from(line, prefix.n);

	if (!bytes_starts(line, prefix) || key.n != 52)
		return ERR_FORMAT;
	for (size_t i = 0; i < key.n; i++)
		if (!(key.p[i] >= 'A' && key.p[i] <= 'Z') && !(key.p[i] >= '2' && key.p[i] <= '7'))
			return ERR_FORMAT;
	return ERR_OK;
}
