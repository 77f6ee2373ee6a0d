/* `linespan search`: traces by filters, the newest first, one a line. */
#include "client.h"
#include "commands.h"
#include "json_summary.h"
#include "json_write.h"
#include "options.h"
#include "term.h"
#include "term_text.h"
#include "when.h"
#include "../lib/core/hex.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES_MAX (1024u * 1024)
#define LIMIT_MAX      10000

enum {
	OPT_SERVICE,
	OPT_OPERATION,
	OPT_MIN_DURATION,
	OPT_MAX_DURATION,
	OPT_ERRORS,
	OPT_ATTR,
	OPT_TEXT,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_LIMIT,
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};

static const struct lsp_option table[N_OPTIONS] = {
	[OPT_SERVICE] = { "--service", 0, "NAME", "traces with a span of this service" },
	[OPT_OPERATION] = { "--operation", 0, "NAME", "traces with a span of this name" },
	[OPT_MIN_DURATION] = { "--min-duration", 0, "TIME",
		"that took this long or longer (10ms)" },
	[OPT_MAX_DURATION] = { "--max-duration", 0, "TIME", "that took this long or less" },
	[OPT_ERRORS] = { "--errors", 0, NULL, "with a span that failed" },
	[OPT_ATTR] = { "--attr", 0, "KEY=VALUE",
		"with a span that has this attribute, or whose resource has it (repeat: all)" },
	[OPT_TEXT] = { "--text", 0, "WORDS", "that contain these words" },
	[OPT_SINCE] = { "--since", 0, "TIME",
		"from then on: RFC 3339, Unix seconds, or an age (15m)" },
	[OPT_UNTIL] = { "--until", 0, "TIME", "before then" },
	[OPT_LIMIT] = { "--limit", 'n', "N", "the newest N (20)" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};

static const struct lsp_options_spec spec = {
	.command = "linespan search",
	.operands = "",
	.summary = "Lists traces, the newest first. Filters are joined by \"and\". Exit status: 0 "
		   "found, 1 nothing found, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

/* The command line, as understood, and the printing. */
struct asked {
	struct lsp_client client;
	struct lsp_trace_query query;
	bool json;
	struct lsp_term term;
	struct lsp_buf line;
	size_t n;
	int rc;
};

static int bad_value(int opt, const char *value, const char *wanted)
{
	lsp_options_fail(&spec, "%s: \"%s\" is not %s", table[opt].name, value, wanted);
	return LSP_OPTIONS_BAD;
}

static int set_time(uint64_t *ret, int opt, const char *value)
{
	if (lsp_when_parse(value, lsp_now_ns(), ret))
		return bad_value(opt, value, "a time: " LSP_WHEN_FORMS);
	return 0;
}

static int set_duration(uint64_t *ret, int opt, const char *value)
{
	if (lsp_duration_parse(value, ret))
		return bad_value(opt, value, "a duration: " LSP_DURATION_FORMS);
	return 0;
}

static int set_limit(struct lsp_trace_query *q, const char *value)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (*end || value[0] < '0' || value[0] > '9' || errno || n == 0 || n > LIMIT_MAX)
		return bad_value(OPT_LIMIT, value, "a number from 1 to 10000");
	q->limit = n;
	return 0;
}

static int add_attr(struct lsp_trace_query *q, const char *value)
{
	return lsp_attrs_add_text(&q->attrs, value, '=') ? bad_value(OPT_ATTR, value, LSP_ATTR_FORM)
							 : 0;
}

static int set_option(struct asked *a, int opt, const char *value)
{
	struct lsp_trace_query *q = &a->query;
	switch (opt) {
	case OPT_SERVICE:
		q->service = value;
		return 0;
	case OPT_OPERATION:
		q->operation = value;
		return 0;
	case OPT_MIN_DURATION:
		return set_duration(&q->min_duration_ns, opt, value);
	case OPT_MAX_DURATION:
		return set_duration(&q->max_duration_ns, opt, value);
	case OPT_ERRORS:
		q->errors = true;
		return 0;
	case OPT_ATTR:
		return add_attr(q, value);
	case OPT_TEXT:
		q->text = value;
		return 0;
	case OPT_SINCE:
		return set_time(&q->since_ns, opt, value);
	case OPT_UNTIL:
		return set_time(&q->until_ns, opt, value);
	case OPT_LIMIT:
		return set_limit(q, value);
	case OPT_JSON:
		a->json = true;
		return 0;
	LSP_CLIENT_CASES:
		lsp_client_set(&a->client, opt - OPT_JSON, value);
		return 0;
	default:
		return opt;
	}
}

/* "2026-09-21T14:13:20.000Z ID      500ms   2 spans  1 error  gateway GET /checkout" */
static int add_line(struct asked *a, const struct lsp_trace_summary *t)
{
	const time_t seconds = (time_t)(t->start_ns / 1000000000);
	const unsigned ms = (unsigned)(t->start_ns / 1000000 % 1000);
	char when[32] = "", id[LSP_TRACE_ID_HEX], took[32], errors[40] = "";
	struct tm tm;
	if (gmtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	lsp_hex_encode(id, t->trace_id, LSP_TRACE_ID_BYTES);
	lsp_text_duration(took, sizeof(took), t->duration_ns, true);
	if (t->n_errors)
		snprintf(errors, sizeof(errors), "%" PRIu64 " error%s", t->n_errors,
			t->n_errors == 1 ? "" : "s");
	int rc = lsp_buf_printf(&a->line, "%s.%03uZ %.*s %8s %5" PRIu64 " span%s  %s%-9s%s ", when,
		ms, LSP_TRACE_ID_HEX, id, took, t->n_spans, t->n_spans == 1 ? " " : "s",
		lsp_term_style(&a->term, errors[0] ? LSP_STYLE_ERROR : LSP_STYLE_PLAIN), errors,
		lsp_term_style(&a->term, LSP_STYLE_PLAIN));
	rc = rc ? rc : lsp_buf_add_text(&a->line, lsp_term_style(&a->term, LSP_STYLE_SERVICE));
	rc = rc ? rc : lsp_text_clean(&a->line, t->root_service, strlen(t->root_service));
	rc = rc ? rc : lsp_buf_add_text(&a->line, lsp_term_style(&a->term, LSP_STYLE_PLAIN));
	rc = rc ? rc : lsp_buf_add(&a->line, " ", 1);
	rc = rc ? rc : lsp_text_clean(&a->line, t->root_name, strlen(t->root_name));
	return rc ? rc : lsp_buf_add(&a->line, "\n", 1);
}

static int print_trace(void *arg, const struct lsp_trace_summary *found)
{
	struct asked *a = arg;
	struct lsp_trace_summary t = *found;
	t.root_service = t.root_service ? t.root_service : "";
	t.root_name = t.root_name ? t.root_name : "";
	a->n++;
	if (a->json) {
		json_t *json = lsp_json_summary(&t);
		fputs(a->n > 1 ? "," : "{\"traces\":[", stdout);
		lsp_buf_clear(&a->line);
		a->rc = json ? lsp_json_write(&a->line, json) : -ENOMEM;
		if (a->rc == 0)
			fwrite(a->line.at, 1, a->line.len, stdout);
		json_decref(json);
	} else {
		lsp_buf_clear(&a->line);
		a->rc = add_line(a, &t);
		if (a->rc == 0)
			fwrite(a->line.at, 1, a->line.len, stdout);
	}
	return a->rc || ferror(stdout);
}

static int search(struct asked *a)
{
	int rc = lsp_client_open(&a->client);
	if (rc)
		return rc;
	if (!a->json)
		lsp_term_page(&a->term);
	rc = lsp_client_search(&a->client, &a->query, print_trace, a);
	rc = rc ? rc : a->rc;
	if (a->json && (rc == 0 || a->n))
		printf("%s]}\n", a->n ? "" : "{\"traces\":[");
	return rc;
}

int lsp_cmd_search(int argc, char **argv)
{
	struct lsp_options o;
	struct asked a = { 0 };
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		opt = set_option(&a, opt, o.value);
		if (opt)
			return lsp_options_exit(opt);
	}
	if (o.n_operands)
		return lsp_options_fail(
			&spec, "%s: not an option; see linespan search --help", o.operands[0]);
	lsp_term_init(&a.term);
	lsp_buf_init(&a.line, LINE_BYTES_MAX);
	int rc = search(&a);
	lsp_term_finish();
	if (rc)
		lsp_options_fail(&spec, "%s",
			a.client.why[0] ? a.client.why : "the answer could not be printed");
	lsp_client_close(&a.client);
	lsp_buf_release(&a.line);
	return rc ? LSP_EXIT_ERROR : a.n ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}
