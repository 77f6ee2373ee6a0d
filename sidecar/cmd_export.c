/* `linespan export`: traces and their logs as OTLP JSON lines. */
#include "client.h"
#include "commands.h"
#include "json_otlp.h"
#include "json_write.h"
#include "../lib/core/hex.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_TRACES 1000
#define PAGE_LOGS   10000

enum {
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};
static const struct lsp_option table[N_OPTIONS] = {
#define X(id, name, value, help) { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};
static const struct lsp_options_spec spec = {
	.command = "linespan export",
	.operands = "[TRACE_ID]",
	.summary = "Prints a trace, or all traces and then the log records without one, as OTLP "
		   "JSON lines: what linespan import and other backends read. It is JSON with and "
		   "without --json. Exit status: 0 found, 1 nothing found, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

static int print(json_t *line)
{
	int rc = line ? lsp_json_print(stdout, line) : 0;
	json_decref(line);
	return rc;
}

static int export_one(struct lsp_client *c, const struct lsp_trace_key *key)
{
	struct lsp_trace *t;
	int rc = lsp_client_trace(c, key, &t);
	if (rc)
		return rc;
	rc = print(lsp_json_otlp_spans(t));
	rc = rc ? rc : print(lsp_json_otlp_logs(t->logs, t->n_logs));
	lsp_trace_free(t);
	return rc;
}

/* One page of traces, newest first. */
struct page {
	uint8_t ids[PAGE_TRACES][LSP_TRACE_ID_BYTES];
	size_t n;
	uint64_t oldest_ns;
};

static int add(void *arg, const struct lsp_trace_summary *t)
{
	struct page *p = arg;
	if (p->n == PAGE_TRACES)
		return 1;
	memcpy(p->ids[p->n++], t->trace_id, LSP_TRACE_ID_BYTES);
	if (t->start_ns < p->oldest_ns)
		p->oldest_ns = t->start_ns;
	return 0;
}

static bool has(const struct page *p, const uint8_t *trace_id)
{
	for (size_t i = 0; i < p->n; i++)
		if (memcmp(p->ids[i], trace_id, LSP_TRACE_ID_BYTES) == 0)
			return true;
	return false;
}

static int export_page(struct lsp_client *c, const struct page *p, const struct page *before)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < p->n; i++) {
		struct lsp_trace_key key;
		char hex[LSP_TRACE_ID_HEX];
		if (has(before, p->ids[i]))
			continue;
		lsp_hex_encode(hex, p->ids[i], LSP_TRACE_ID_BYTES);
		rc = lsp_trace_key_parse(&key, (struct lsp_slice){ hex, sizeof(hex) });
		rc = rc ? rc : export_one(c, &key);
		if (rc == -ENOENT)
			rc = 0; /* gone meanwhile: retention */
	}
	return rc;
}

static int export_traces(struct lsp_client *c, bool *ret_any)
{
	struct page *pages = calloc(2, sizeof(*pages));
	struct lsp_trace_query q = { .limit = PAGE_TRACES };
	int rc = pages ? 0 : -ENOMEM;
	for (int i = 0; rc == 0; i = !i) {
		struct page *p = &pages[i];
		p->n = 0;
		p->oldest_ns = UINT64_MAX;
		rc = lsp_client_search(c, &q, add, p);
		rc = rc > 0 ? 0 : rc;
		if (rc == 0)
			rc = export_page(c, p, &pages[!i]);
		*ret_any = *ret_any || p->n;
		/* The next page begins with those that start at the same moment. */
		uint64_t until = p->oldest_ns == UINT64_MAX ? 0 : p->oldest_ns + 1;
		if (p->n < PAGE_TRACES || until == q.until_ns)
			break;
		q.until_ns = until;
	}
	free(pages);
	return rc;
}

static int print_log(void *arg, const struct lsp_log *log)
{
	*(bool *)arg = true;
	return print(lsp_json_otlp_logs(log, 1));
}

static int export_all(struct lsp_client *c)
{
	struct lsp_log_query loose = { .no_trace = true, .limit = PAGE_LOGS };
	bool any = false;
	int rc = export_traces(c, &any);
	rc = rc ? rc : lsp_client_logs(c, &loose, print_log, &any, NULL);
	return rc ? rc : any ? 0 : -ENOENT;
}

int lsp_cmd_export(int argc, char **argv)
{
	struct lsp_options o;
	struct lsp_client client = { 0 };
	struct lsp_trace_key key;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		if (opt < 0)
			return lsp_options_exit(opt);
		lsp_client_set(&client, opt - OPT_JSON, o.value);
	}
	if (o.n_operands > 1)
		return lsp_options_fail(&spec, "one trace at a time, or all");
	if (o.n_operands && lsp_trace_key_parse(&key, lsp_slice_of(o.operands[0])))
		return lsp_options_fail(&spec, "\"%s\" is not a trace id", o.operands[0]);
	int opened = lsp_client_open(&client), rc = opened;
	if (rc == 0)
		rc = o.n_operands ? export_one(&client, &key) : export_all(&client);
	if (rc && (rc != -ENOENT || o.n_operands || opened))
		lsp_options_fail(&spec, "%s", client.why[0] ? client.why : strerror(-rc));
	lsp_client_close(&client);
	return rc == 0                    ? LSP_EXIT_FOUND
	       : rc == -ENOENT && !opened ? LSP_EXIT_NOTHING
					  : LSP_EXIT_ERROR;
}
