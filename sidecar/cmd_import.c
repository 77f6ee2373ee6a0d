/* `linespan import`: OTLP JSON lines from files, to a sidecar or into a store. */
#include "client.h"
#include "commands.h"
#include "grep_files.h"
#include "options.h"
#include "../lib/wire/otlp_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_NS    500000000u
#define COMPLAINTS_MAX 10 /* each names a line; more are only counted */
#define TRIES          30 /* a second apart, when the sidecar asks for patience */

enum {
	OPT_SERVER,
	OPT_DATA,
	OPT_JSON,
#define X(id, ...) OPT_##id,
	LSP_HTTP_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};
static const struct lsp_option table[N_OPTIONS] = {
	[OPT_SERVER] = { "--server", 0, "URL",
		"sidecar to send to (LINESPAN_SERVER; default " LSP_HTTP_SERVER ")" },
	[OPT_DATA] = { "--data", 0, "DIR", "write the store in DIR, which no sidecar uses now" },
	[OPT_JSON] = { "--json", 0, NULL, "what was imported, as JSON" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_HTTP_OPTION_TABLE(X)
#undef X
};
static const struct lsp_options_spec spec = {
	.command = "linespan import",
	.operands = "FILE…",
	.summary = "Reads OTLP JSON lines (a request for traces or logs on each line), also "
		   "compressed by gzip, zstd or xz; \"-\" is standard input. A line that is not "
		   "understood is named and left out, the others are kept. Exit status: 0 all "
		   "was imported, 1 nothing was there, 2 something was left out, or usage.",
	.table = table,
	.n = N_OPTIONS,
};

struct import {
	struct lsp_store *store; /* NULL: to the server */
	struct lsp_http_peer http;
	const char *file;
	uint64_t line, spans, logs, rejected, bad_lines, said;
	uint64_t shown_ns;
	bool progress;
};

static void say(struct import *m, const char *why)
{
	if (m->said++ < COMPLAINTS_MAX)
		lsp_options_fail(&spec, "%s:%llu: %s", m->file, (unsigned long long)m->line, why);
}

static void show_progress(struct import *m, bool last)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	uint64_t now = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	if (!m->progress || (!last && now - m->shown_ns < PROGRESS_NS))
		return;
	m->shown_ns = now;
	fprintf(stderr, "\r%s: line %llu, %llu spans, %llu log records\033[K%s", m->file,
		(unsigned long long)m->line, (unsigned long long)m->spans,
		(unsigned long long)m->logs, last ? "\n" : "");
}

/* ---- where it goes
 * ------------------------------------------------------------------------------- */

static int store_batch(struct import *m, const struct lsp_batch *b)
{
	int rc = -EAGAIN;
	for (int i = 0; rc == -EAGAIN && i < TRIES; i++) {
		if (i)
			sleep(1);
		rc = lsp_store_write(m->store, b);
	}
	if (rc)
		lsp_options_fail(&spec, "the store: %s", strerror(-rc));
	return rc;
}

/* -EBADMSG when the sidecar does not take it, -ECONNREFUSED when it takes nothing. */
static int send_line(struct import *m, bool logs, struct lsp_slice line)
{
	char why[512];
	int rc = -EAGAIN;
	for (int i = 0; rc == -EAGAIN && i < TRIES; i++) {
		if (i)
			sleep(1);
		rc = lsp_http_post_json(
			&m->http, logs ? "/v1/logs" : "/v1/traces", line, why, sizeof(why));
	}
	if (rc == -EBADMSG)
		say(m, why);
	else if (rc)
		lsp_options_fail(&spec, "%s", why);
	/* Whatever it is, it will be the same for the next line. */
	return rc == 0 || rc == -EBADMSG ? rc : -ECONNREFUSED;
}

/* ---- lines
 * --------------------------------------------------------------------------------------- */

static bool names(struct lsp_slice line, const char *key)
{
	return memmem(line.at, line.len, key, strlen(key)) != NULL;
}

/* One of a line's two signals. Whatever it is, it is read here first: what is wrong with it can be
 * said with its place. Returns -EBADMSG, with why said, when it is to be left out. */
static int import_signal(struct import *m, struct lsp_slice line, bool logs)
{
	struct lsp_otlp_result result = { 0 };
	struct lsp_batch b;
	lsp_batch_init(&b);
	int rc = logs ? lsp_otlp_json_logs(&b, line, &result)
		      : lsp_otlp_json_traces(&b, line, &result);
	if (rc == -EBADMSG || result.rejected)
		say(m, result.message);
	/* The other signal's name may stand in a line as a mere text. */
	if (rc == 0 && (b.n_spans || b.n_logs))
		rc = m->store ? store_batch(m, &b) : send_line(m, logs, line);
	if (rc == 0) {
		m->spans += b.n_spans;
		m->logs += b.n_logs;
		m->rejected += result.rejected;
	}
	lsp_batch_release(&b);
	return rc;
}

static int import_line(struct import *m, struct lsp_slice line)
{
	bool traces = names(line, "\"resourceSpans\""), logs = names(line, "\"resourceLogs\"");
	int rc = 0;
	if (!traces && !logs) {
		say(m, "neither resourceSpans nor resourceLogs");
		rc = -EBADMSG;
	}
	if (traces)
		rc = import_signal(m, line, false);
	if (logs && rc == 0)
		rc = import_signal(m, line, true);
	if (rc != -EBADMSG)
		return rc;
	m->bad_lines++;
	return 0;
}

static int take_block(void *arg, const char *from, const char *end)
{
	struct import *m = arg;
	int rc = 0;
	while (rc == 0 && from < end) {
		const char *newline = memchr(from, '\n', (size_t)(end - from));
		const char *stop = newline ? newline : end;
		struct lsp_slice line = { from, (size_t)(stop - from) };
		while (line.len && strchr(" \t\r", line.at[line.len - 1]) && line.at[line.len - 1])
			line.len--;
		m->line++;
		if (line.len)
			rc = import_line(m, line);
		show_progress(m, false);
		from = newline ? newline + 1 : end;
	}
	return rc;
}

static int import_files(struct import *m, char **files, int n)
{
	int failed = 0;
	for (int i = 0; i < n; i++) {
		m->file = files[i];
		m->line = 0;
		int rc = lsp_grep_read(files[i], take_block, m);
		show_progress(m, true);
		if (rc == -EBADMSG) {
			lsp_options_fail(
				&spec, "%s: its compressed data is damaged or cut", files[i]);
		} else if (rc == -ECONNREFUSED || rc == -ENOSPC || rc == -EIO || rc == -EAGAIN) {
			return rc; /* said already; the next file fares no better */
		} else if (rc) {
			lsp_options_fail(&spec, "%s: %s", files[i], strerror(-rc));
		}
		failed = rc ? rc : failed;
	}
	return failed;
}

static void print_summary(const struct import *m, bool as_json)
{
	if (as_json)
		printf("{\"spans\":%llu,\"logs\":%llu,\"rejected_spans\":%llu,\"bad_lines\":%llu}"
		       "\n",
			(unsigned long long)m->spans, (unsigned long long)m->logs,
			(unsigned long long)m->rejected, (unsigned long long)m->bad_lines);
	else
		printf("imported %llu spans, %llu log records; left out %llu lines, %llu spans\n",
			(unsigned long long)m->spans, (unsigned long long)m->logs,
			(unsigned long long)m->bad_lines, (unsigned long long)m->rejected);
}

int lsp_cmd_import(int argc, char **argv)
{
	struct lsp_options o;
	struct import m = { .progress = isatty(STDERR_FILENO) == 1 };
	struct lsp_store_config config = { 0 };
	const char *server = NULL, *token_file = NULL, *ca_file = NULL;
	char why[LSP_STORE_WHY_BYTES];
	bool json = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		if (opt < 0)
			return lsp_options_exit(opt);
		json = json || opt == OPT_JSON;
		if (opt == OPT_SERVER)
			server = o.value;
		else if (opt == OPT_DATA)
			config.data_dir = o.value;
		else if (opt == OPT_TOKEN_FILE)
			token_file = o.value;
		else if (opt == OPT_CA_FILE)
			ca_file = o.value;
	}
	if (o.n_operands == 0)
		return lsp_options_fail(&spec, "no file given; \"-\" is standard input");
	if (server && config.data_dir)
		return lsp_options_fail(&spec, "--server and --data: one of the two");
	if (config.data_dir ? lsp_store_open(&m.store, &config, why)
			    : lsp_http_open(&m.http, server, token_file, ca_file, why, sizeof(why)))
		return lsp_options_fail(&spec, "%s", why);
	int rc = import_files(&m, o.operands, o.n_operands);
	lsp_store_free(m.store);
	lsp_http_close(&m.http);
	print_summary(&m, json);
	if (rc || m.bad_lines || m.rejected)
		return LSP_EXIT_ERROR;
	return m.spans || m.logs ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}
