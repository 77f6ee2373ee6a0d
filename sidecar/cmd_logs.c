/* `linespan logs`: log records by filters, and as they come. */
#include "client.h"
#include "commands.h"
#include "json_trace.h"
#include "json_write.h"
#include "options.h"
#include "show_log.h"
#include "when.h"
#include "../lib/core/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES_MAX (64u * 1024 * 1024)
#define POLL_NS        (500 * 1000 * 1000)
#define FOLLOW_BEFORE  10 /* records shown before the new ones, unless --limit says */
#define FOLLOW_LIMIT   100000 /* a round's records at most */

enum {
	OPT_SERVICE,
	OPT_SEVERITY,
	OPT_ATTR,
	OPT_TEXT,
	OPT_TRACE,
	OPT_NO_TRACE,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_LIMIT,
	OPT_FOLLOW,
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};

static const struct lsp_option table[N_OPTIONS] = {
	[OPT_SERVICE] = { "--service", 0, "NAME", "only of this service" },
	[OPT_SEVERITY] = { "--severity", 0, "S",
		"this severe or more: debug, info, warn, … or a number, 1 to 24" },
	[OPT_ATTR] = { "--attr", 0, "KEY=VALUE",
		"only with this attribute, or of a resource that has it (repeat: all)" },
	[OPT_TEXT] = { "--text", 0, "WORDS", "only records that contain these words" },
	[OPT_TRACE] = { "--trace", 0, "ID", "only of this trace" },
	[OPT_NO_TRACE] = { "--no-trace", 0, NULL, "only records that belong to no trace" },
	[OPT_SINCE] = { "--since", 0, "TIME",
		"from then on: RFC 3339, Unix seconds, or an age (15m)" },
	[OPT_UNTIL] = { "--until", 0, "TIME", "before then" },
	[OPT_LIMIT] = { "--limit", 'n', "N", "the newest N (1000; with --follow 10)" },
	[OPT_FOLLOW] = { "--follow", 'f', NULL, "go on with new records as they come" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};

static const struct lsp_options_spec spec = {
	.command = "linespan logs",
	.operands = "",
	.summary =
		"Prints log records in time order. Filters are joined by \"and\". Exit status: 0 "
		"found, 1 nothing found, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

/* The command line, as understood. */
struct asked {
	struct lsp_client client;
	struct lsp_log_query query;
	struct lsp_trace_key key;
	bool json, follow;
};

/* Printing, over all rounds. */
struct printer {
	bool json;
	struct lsp_term term;
	struct lsp_buf line;
	size_t n;
};

static int bad_value(const char *option, const char *value, const char *wanted)
{
	lsp_options_fail(&spec, "%s: \"%s\" is not %s", option, value, wanted);
	return LSP_OPTIONS_BAD;
}

static int set_time(uint64_t *ret, const char *option, const char *value)
{
	if (lsp_when_parse(value, lsp_now_ns(), ret))
		return bad_value(option, value, "a time: " LSP_WHEN_FORMS);
	return 0;
}

static int set_limit(struct lsp_log_query *q, const char *value)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(value, &end, 10);
	if (*end || end == value || value[0] == '-' || errno || n == 0)
		return bad_value("--limit", value, "a number from 1 on");
	q->limit = n;
	return 0;
}

static int set_option(struct asked *a, int opt, const char *value)
{
	struct lsp_log_query *q = &a->query;
	switch (opt) {
	case OPT_SERVICE:
		q->service = value;
		return 0;
	case OPT_SEVERITY:
		q->min_severity = lsp_severity_parse(lsp_slice_of(value));
		return q->min_severity ? 0
				       : bad_value("--severity", value,
						 "a severity (trace, debug, info, warn, error, "
						 "fatal, 1 to 24)");
	case OPT_ATTR:
		return lsp_attrs_add_text(&q->attrs, value, '=')
			       ? bad_value("--attr", value, LSP_ATTR_FORM)
			       : 0;
	case OPT_TEXT:
		q->text = value;
		return 0;
	case OPT_TRACE:
		q->trace = &a->key;
		return lsp_trace_key_parse(&a->key, lsp_slice_of(value))
			       ? bad_value("--trace", value, "a trace id")
			       : 0;
	case OPT_NO_TRACE:
		q->no_trace = true;
		return 0;
	case OPT_SINCE:
		return set_time(&q->since_ns, "--since", value);
	case OPT_UNTIL:
		return set_time(&q->until_ns, "--until", value);
	case OPT_LIMIT:
		return set_limit(q, value);
	case OPT_FOLLOW:
		a->follow = true;
		return 0;
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

static int print_log(void *arg, const struct lsp_log *log)
{
	struct printer *p = arg;
	p->n++;
	lsp_buf_clear(&p->line);
	if (p->json) {
		json_t *json = lsp_json_log(log);
		if (!json || lsp_json_print(stdout, json))
			p->n--;
		json_decref(json);
	} else if (lsp_show_log_line(&p->line, &p->term, log) == 0) {
		fwrite(p->line.at, 1, p->line.len, stdout);
	}
	return ferror(stdout);
}

/* New records, found by their place in the store and not by their time: what arrives late is new,
 * too. A sidecar that is restarted meanwhile is asked again. */
static int follow(struct asked *a, struct printer *p, uint64_t row)
{
	const struct timespec pause = { 0, POLL_NS };
	int rc = 0;
	bool away = false;
	a->query.limit = FOLLOW_LIMIT;
	while ((rc == 0 || rc == -ECONNREFUSED) && !fflush(stdout)) {
		uint64_t newest = 0; /* stays so when there was nothing new */
		nanosleep(&pause, NULL);
		a->query.after_row = row;
		rc = lsp_client_logs(&a->client, &a->query, print_log, p, &newest);
		row = newest ? newest : row;
		/* Said once; it goes on when the sidecar is there again. */
		if (away != (rc == -ECONNREFUSED))
			fprintf(stderr, "linespan logs: the sidecar is %s\n",
				away ? "there again" : "away: waiting for it");
		away = rc == -ECONNREFUSED;
	}
	return rc;
}

int lsp_cmd_logs(int argc, char **argv)
{
	struct lsp_options o;
	struct asked a = { 0 };
	struct printer p = { 0 };
	uint64_t row = 0;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		opt = set_option(&a, opt, o.value);
		if (opt)
			return lsp_options_exit(opt);
	}
	if (o.n_operands)
		return lsp_options_fail(
			&spec, "%s: not an option; see linespan logs --help", o.operands[0]);
	if (a.query.trace && a.query.no_trace)
		return lsp_options_fail(&spec, "--trace and --no-trace: one of them, not both");
	if (a.follow && !a.query.limit && !a.query.since_ns)
		a.query.limit = FOLLOW_BEFORE;
	p.json = a.json;
	lsp_term_init(&p.term);
	lsp_buf_init(&p.line, LINE_BYTES_MAX);
	int rc = lsp_client_open(&a.client);
	if (rc == 0 && !a.follow)
		lsp_term_page(&p.term);
	rc = rc ? rc : lsp_client_logs(&a.client, &a.query, print_log, &p, &row);
	if (rc == 0 && a.follow)
		rc = follow(&a, &p, row);
	lsp_term_finish();
	if (rc)
		lsp_options_fail(&spec, "%s", a.client.why);
	lsp_client_close(&a.client);
	lsp_buf_release(&p.line);
	return rc ? LSP_EXIT_ERROR : p.n ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}
