#include "commands.h"
#include "options.h"
#include "serve.h"
#include "when.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_OTLP_HTTP "127.0.0.1:4318"
#define DEFAULT_OTLP_GRPC "127.0.0.1:4317"
#define DEFAULT_HTTP      "127.0.0.1:16686"
#define DEFAULT_RETENTION (7ull * 86400 * 1000000000)
#define DEFAULT_MAX_DISK  (10ull << 30)
#define DEFAULT_MAX_BODY  (64ull << 20)
#define BODY_BYTES_MIN    1024ull
#define BODY_BYTES_MAX    (1ull << 30)
#define RETENTION_MIN     (60ull * 1000000000)
#define DISK_BYTES_MIN    (1ull << 20)

enum {
	OPT_DATA,
	OPT_DIR,
	OPT_STORE,
	OPT_OTLP_HTTP,
	OPT_HTTP,
	OPT_RETENTION,
	OPT_MAX_DISK,
	OPT_SYNC,
	OPT_MAX_BODY,
	OPT_OTLP_GRPC,
	OPT_ZIPKIN,
	OPT_SYSLOG,
	OPT_SYSLOG_SOCKET,
	OPT_TAIL,
	OPT_JOURNAL,
	OPT_JOURNAL_PATH,
	OPT_TOKEN_FILE,
	OPT_TLS_CERT,
	OPT_TLS_KEY,
	OPT_FORWARD,
	OPT_FORWARD_HEADER,
	OPT_FORWARD_CA_FILE,
	OPT_FORWARD_MAX_DISK,
};

static const struct lsp_option table[] = {
	[OPT_DATA] = { "--data", 0, "DIR",
		"where the store is (as root /var/lib/linespan, else $XDG_DATA_HOME/linespan or "
		"~/.local/share/linespan)" },
	[OPT_DIR] = { "--dir", 0, "DIR",
		"spool folder of the programs under the shim (LINESPAN_DIR; else /run/linespan, "
		"$XDG_RUNTIME_DIR/linespan or /tmp/linespan-UID)" },
	[OPT_STORE] = { "--store", 0, "URL",
		"what keeps the data (sqlite:, in --data), clickhouse:http://USER@HOST:8123/DB" },
	[OPT_OTLP_HTTP] = { "--otlp-http", 0, "ADDR", "OTLP over HTTP (" DEFAULT_OTLP_HTTP ")" },
	[OPT_HTTP] = { "--http", 0, "ADDR", "look-ups and OTLP (" DEFAULT_HTTP ")" },
	[OPT_RETENTION] = { "--retention", 0, "TIME", "how long data is kept (7d); off: for ever" },
	[OPT_MAX_DISK] = { "--max-disk", 0, "SIZE", "how much of it at most (10G); off: no limit" },
	[OPT_SYNC] = { "--sync", 0, "HOW",
		"normal: a power cut loses the last second at most; full: nothing "
		"acknowledged (normal)" },
	[OPT_MAX_BODY] = { "--max-body", 0, "SIZE",
		"the largest request, also after decompression (64M)" },
	[OPT_OTLP_GRPC] = { "--otlp-grpc", 0, "ADDR", "OTLP over gRPC (" DEFAULT_OTLP_GRPC ")" },
	[OPT_ZIPKIN] = { "--zipkin", 0, "ADDR", "Zipkin v2 spans in JSON over HTTP (off)" },
	[OPT_SYSLOG] = { "--syslog", 0, "ADDR",
		"syslog, RFC 5424 and 3164, over UDP and TCP (off)" },
	[OPT_SYSLOG_SOCKET] = { "--syslog-socket", 0, "PATH",
		"syslog as programs of this machine send it, a datagram socket (off)" },
	[OPT_TAIL] = { "--tail", 0, "GLOB",
		"follow these log files, over rotations and restarts (repeat; off)" },
	[OPT_JOURNAL] = { "--journal", 0, NULL, "follow systemd's journal of this machine (off)" },
	[OPT_JOURNAL_PATH] = { "--journal-path", 0, "PATH",
		"follow the journal in this folder or file instead (off)" },
	[OPT_TOKEN_FILE] = { "--token-file", 0, "FILE",
		"tokens, one on a line, of which each request must show one (Authorization: Bearer "
		"TOKEN, or Basic with it as password); not /healthz" },
	[OPT_TLS_CERT] = { "--tls-cert", 0, "FILE",
		"certificate and its chain, PEM: TLS on all "
		"addresses but syslog" },
	[OPT_TLS_KEY] = { "--tls-key", 0, "FILE",
		"the certificate's key, PEM, without a password" },
	[OPT_FORWARD] = { "--forward", 0, "URL",
		"send all that is stored to this OTLP/HTTP backend, too (http://HOST:4318), from a "
		"queue on disk (repeat; off)" },
	[OPT_FORWARD_HEADER] = { "--forward-header", 0, "NAME=VALUE",
		"header of what is sent to the --forward before it, or to all when it stands "
		"before "
		"them; secrets: LINESPAN_FORWARD_HEADERS, in the form of "
		"OTEL_EXPORTER_OTLP_HEADERS "
		"(repeat)" },
	[OPT_FORWARD_CA_FILE] = { "--forward-ca-file", 0, "FILE",
		"who may have signed the certificates of https backends, PEM (those the system "
		"trusts)" },
	[OPT_FORWARD_MAX_DISK] = { "--forward-max-disk", 0, "SIZE",
		"how large each queue may be (1G); over it the oldest is dropped, and counted" },
};

static const struct lsp_options_spec spec = {
	.command = "linespan serve",
	.operands = "",
	.summary =
		"Collects what programs under the shim log and what others send by OTLP, keeps it "
		"and answers look-ups. Prints its addresses and \"ready\" once it listens. SIGTERM "
		"ends it. Exit status: 0 ended by a signal, 1 cannot start, 2 usage.",
	.table = table,
	.n = sizeof(table) / sizeof(table[0]),
	.more = "Addresses are HOST:PORT on this machine (127.0.0.1:4318, [::1]:4318); port 0 "
		"takes "
		"a\nfree one; off: none. One that other machines can reach needs --token-file, "
		"--tls-cert and\n--tls-key. SIGHUP reads these files again.\n",
};

int lsp_serve_fail(const char *format, ...)
{
	char text[LSP_STORE_WHY_BYTES + PATH_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	lsp_options_fail(&spec, "%s", text);
	return 1;
}

static int bad_value(int opt, const char *value, const char *wanted)
{
	lsp_options_fail(&spec, "%s: \"%s\" is not %s", table[opt].name, value, wanted);
	return LSP_OPTIONS_BAD;
}

static int set_address(struct lsp_address *ret, bool *ret_has, int opt, const char *value)
{
	struct lsp_address a;
	*ret_has = strcmp(value, "off") != 0;
	if (!*ret_has)
		return 0;
	if (lsp_address_parse(&a, value))
		return bad_value(opt, value, LSP_ADDRESS_FORMS);
	*ret = a;
	return 0;
}

/* A number with a floor; "off" is 0 where that is allowed. */
static int set_limit(
	uint64_t *ret, int opt, const char *value, bool may_be_off, uint64_t min, uint64_t max)
{
	uint64_t n;
	bool is_time = opt == OPT_RETENTION;
	if (may_be_off && strcmp(value, "off") == 0) {
		*ret = 0;
		return 0;
	}
	if (is_time ? lsp_duration_parse(value, &n) : lsp_size_parse(value, &n))
		return bad_value(opt, value, is_time ? LSP_DURATION_FORMS : LSP_SIZE_FORMS);
	if (n < min || n > max)
		return bad_value(opt, value,
			opt == OPT_RETENTION  ? "off or 1m at least"
			: opt == OPT_MAX_DISK ? "off or 1M at least"
			: opt == OPT_MAX_BODY ? "between 1K and 1G"
					      : "16M at least");
	*ret = n;
	return 0;
}

static int set_folder(char *ret, size_t cap, int opt, const char *value)
{
	if (!*value || strlen(value) >= cap)
		return bad_value(opt, value, "a folder");
	strcpy(ret, value);
	return 0;
}

static int set_file(const char **ret, int opt, const char *value)
{
	*ret = value;
	return *value ? 0 : bad_value(opt, value, "a file");
}

static int judge(int opt, const char *value, const char *wrong)
{
	return wrong ? bad_value(opt, value, wrong) : 0;
}

/* A header's value may be a secret: it is not repeated. */
static int judge_header(const char *option, const char *wrong)
{
	if (!wrong)
		return 0;
	lsp_options_fail(&spec, "%s: not %s", option, wrong);
	return LSP_OPTIONS_BAD;
}

static int add_tail(struct lsp_serve_config *c, const char *value)
{
	if (!*value)
		return bad_value(OPT_TAIL, value, "a pattern of file names");
	if (c->n_tails == LSP_TAIL_GLOBS_MAX) {
		lsp_options_fail(&spec, "--tail: at most %d patterns", LSP_TAIL_GLOBS_MAX);
		return LSP_OPTIONS_BAD;
	}
	c->tails[c->n_tails++] = value;
	return 0;
}

static int set_option(struct lsp_serve_config *c, int opt, const char *value)
{
	switch (opt) {
	case OPT_DATA:
		return set_folder(c->data_dir, sizeof(c->data_dir), opt, value);
	case OPT_DIR:
		c->dir = value;
		return *value ? 0 : bad_value(opt, value, "a folder");
	case OPT_STORE:
		c->store_url = value;
		return 0;
	case OPT_OTLP_HTTP:
		return set_address(&c->otlp_http, &c->has_otlp_http, opt, value);
	case OPT_HTTP:
		return set_address(&c->http, &c->has_http, opt, value);
	case OPT_RETENTION:
		return set_limit(&c->retention_ns, opt, value, true, RETENTION_MIN, UINT64_MAX);
	case OPT_MAX_DISK:
		return set_limit(&c->max_disk_bytes, opt, value, true, DISK_BYTES_MIN, UINT64_MAX);
	case OPT_SYNC:
		c->sync_full = strcmp(value, "full") == 0;
		return c->sync_full || strcmp(value, "normal") == 0
			       ? 0
			       : bad_value(opt, value, "full or normal");
	case OPT_MAX_BODY:
		return set_limit(
			&c->max_body_bytes, opt, value, false, BODY_BYTES_MIN, BODY_BYTES_MAX);
	case OPT_OTLP_GRPC:
		return set_address(&c->otlp_grpc, &c->has_otlp_grpc, opt, value);
	case OPT_ZIPKIN:
		return set_address(&c->zipkin, &c->has_zipkin, opt, value);
	case OPT_SYSLOG:
		return set_address(&c->syslog, &c->has_syslog, opt, value);
	case OPT_SYSLOG_SOCKET:
		c->syslog_socket = value;
		return *value ? 0 : bad_value(opt, value, "a path");
	case OPT_TAIL:
		return add_tail(c, value);
	case OPT_JOURNAL:
		c->has_journal = true;
		return 0;
	case OPT_JOURNAL_PATH:
		c->has_journal = true;
		c->journal_path = value;
		return *value ? 0 : bad_value(opt, value, "a path");
	case OPT_TOKEN_FILE:
		return set_file(&c->token_file, opt, value);
	case OPT_TLS_CERT:
		return set_file(&c->tls_cert, opt, value);
	case OPT_TLS_KEY:
		return set_file(&c->tls_key, opt, value);
	case OPT_FORWARD:
		return judge(opt, value, lsp_forward_add_url(&c->forward, value));
	case OPT_FORWARD_HEADER:
		return judge_header("--forward-header", lsp_forward_add_header(&c->forward, value));
	case OPT_FORWARD_CA_FILE:
		return set_file(&c->forward.ca_file, opt, value);
	case OPT_FORWARD_MAX_DISK:
		return set_limit(&c->forward.max_disk_bytes, opt, value, false, LSP_QUEUE_BYTES_MIN,
			UINT64_MAX);
	default:
		return opt;
	}
}

int lsp_serve_default_data_dir(char *ret, size_t cap)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int n;
	if (geteuid() == 0)
		n = snprintf(ret, cap, "/var/lib/linespan");
	else if (data && *data == '/')
		n = snprintf(ret, cap, "%s/linespan", data);
	else if (home && *home == '/')
		n = snprintf(ret, cap, "%s/.local/share/linespan", home);
	else
		return -ENOENT;
	return n < 0 || (size_t)n >= cap ? -ENAMETOOLONG : 0;
}

/* What other machines can reach is for those who show a token, and nobody listens in. */
static int judge_reach(const struct lsp_serve_config *c, int opt, const struct lsp_address *a)
{
	char text[LSP_ADDRESS_CHARS];
	bool is_syslog = opt == OPT_SYSLOG;
	if (lsp_address_is_loopback(a) || (!is_syslog && c->token_file && c->tls_cert))
		return 0;
	lsp_address_format(a, text);
	if (is_syslog)
		lsp_options_fail(&spec,
			"%s: %s can be reached from other machines, and syslog has neither token "
			"nor TLS here: use a loopback address, and a syslog daemon that relays to "
			"it",
			table[opt].name, text);
	else
		lsp_options_fail(&spec,
			"%s: %s can be reached from other machines, which needs a token and TLS: "
			"give --token-file, --tls-cert and --tls-key, or use a loopback address",
			table[opt].name, text);
	return LSP_OPTIONS_BAD;
}

static int judge_security(const struct lsp_serve_config *c)
{
	const struct {
		int opt;
		bool has;
		const struct lsp_address *address;
	} all[] = {
		{ OPT_OTLP_HTTP, c->has_otlp_http, &c->otlp_http },
		{ OPT_OTLP_GRPC, c->has_otlp_grpc, &c->otlp_grpc },
		{ OPT_HTTP, c->has_http, &c->http },
		{ OPT_ZIPKIN, c->has_zipkin, &c->zipkin },
		{ OPT_SYSLOG, c->has_syslog, &c->syslog },
	};
	int rc = 0;
	if (!c->tls_cert != !c->tls_key) {
		lsp_options_fail(
			&spec, "--tls-cert and --tls-key: one is no use without the other");
		return LSP_OPTIONS_BAD;
	}
	for (size_t i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].has)
			rc = judge_reach(c, all[i].opt, all[i].address);
	return rc;
}

static int read_all(struct lsp_serve_config *c, int argc, char **argv)
{
	struct lsp_options o;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		opt = set_option(c, opt, o.value);
		if (opt)
			return opt;
	}
	if (o.n_operands) {
		lsp_options_fail(
			&spec, "%s: not an option; see linespan serve --help", o.operands[0]);
		return LSP_OPTIONS_BAD;
	}
	int rc = judge_security(c);
	const char *headers = getenv("LINESPAN_FORWARD_HEADERS");
	if (rc == 0 && headers)
		rc = judge_header(
			"LINESPAN_FORWARD_HEADERS", lsp_forward_add_headers(&c->forward, headers));
	if (rc)
		return rc;
	if (!c->data_dir[0] && lsp_serve_default_data_dir(c->data_dir, sizeof(c->data_dir))) {
		lsp_options_fail(&spec, "--data: there is no HOME to put it in; name a folder");
		return LSP_OPTIONS_BAD;
	}
	return 0;
}

int lsp_serve_options(struct lsp_serve_config *ret, int argc, char **argv, int *ret_exit)
{
	const char *dir = getenv("LINESPAN_DIR");
	*ret = (struct lsp_serve_config){ .retention_ns = DEFAULT_RETENTION,
		.max_disk_bytes = DEFAULT_MAX_DISK,
		.max_body_bytes = DEFAULT_MAX_BODY,
		.forward.max_disk_bytes = LSP_FORWARD_MAX_DISK,
		.dir = dir && *dir ? dir : NULL,
		.has_otlp_http = true,
		.has_otlp_grpc = true,
		.has_http = true };
	(void)lsp_address_parse(&ret->otlp_http, DEFAULT_OTLP_HTTP);
	(void)lsp_address_parse(&ret->otlp_grpc, DEFAULT_OTLP_GRPC);
	(void)lsp_address_parse(&ret->http, DEFAULT_HTTP);
	int rc = read_all(ret, argc, argv);
	if (rc == 0)
		return 0;
	*ret_exit = lsp_options_exit(rc);
	return -1;
}
