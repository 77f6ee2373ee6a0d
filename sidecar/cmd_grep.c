/* `linespan grep`: the log lines of a trace, from files or from the store. */
#include "client.h"
#include "commands.h"
#include "grep_files.h"
#include "json_trace.h"
#include "json_write.h"
#include "options.h"
#include "show_log.h"

#include <errno.h>

#define LINE_BYTES_MAX (64u * 1024 * 1024)

enum {
	OPT_COUNT,
	OPT_NAMES,
	OPT_SPAN,
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};

static const struct lsp_option table[N_OPTIONS] = {
	[OPT_COUNT] = { "--count", 'c', NULL, "print only how many lines there are" },
	[OPT_NAMES] = { "--with-filename", 'H', NULL, "print the file's name before each line" },
	[OPT_SPAN] = { "--span", 0, "ID", "only lines of this span" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};

static const struct lsp_options_spec spec = {
	.command = "linespan grep",
	.operands = "TRACE_ID [FILE|DIR…]",
	.summary =
		"Prints the log lines of a trace. With files: searches them for the id in every "
		"form that it has in logs (hexadecimal, UUID, X-Ray, the low half in "
		"hexadecimal or decimal), oldest file first, folders and .gz, .zst, .xz files too; "
		"\"-\" is standard input. Without files: asks the sidecar or the store. Exit "
		"status: 0 found, 1 nothing found, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

struct asked {
	struct lsp_client client;
	struct lsp_trace_key key;
	struct lsp_grep_options show;
	bool any_span;
	uint8_t span_id[LSP_SPAN_ID_BYTES];
};

static int read_options(struct asked *a, struct lsp_options *o)
{
	a->any_span = true;
	for (int opt; (opt = lsp_options_next(o)) != LSP_OPTIONS_END;) {
		switch (opt) {
		case OPT_COUNT:
			a->show.count = true;
			break;
		case OPT_NAMES:
			a->show.names = true;
			break;
		case OPT_SPAN:
			if (lsp_span_id_parse(a->span_id, lsp_slice_of(o->value))) {
				lsp_options_fail(
					&spec, "--span: \"%s\" is not a span id", o->value);
				return LSP_OPTIONS_BAD;
			}
			a->any_span = false;
			break;
		case OPT_JSON:
			a->show.json = true;
			break;
		LSP_CLIENT_CASES:
			lsp_client_set(&a->client, opt - OPT_JSON, o->value);
			break;
		default:
			return opt;
		}
	}
	return 0;
}

static int search_files(struct asked *a, char **paths, int n)
{
	struct lsp_found_files files = { 0 };
	struct lsp_needle needle;
	struct lsp_term term;
	int rc = 0;
	for (int i = 0; rc == 0 && i < n; i++)
		rc = lsp_found_files_add(&files, paths[i]);
	if (rc == 0) {
		lsp_found_files_sort(&files);
		lsp_term_init(&term);
		a->show.sanitise = term.tty;
		a->show.colour = term.colour;
		lsp_needle_init(&needle, &a->key, a->any_span ? NULL : a->span_id);
		rc = lsp_grep_files(&needle, &files, &a->show, stdout);
	} else {
		rc = lsp_options_fail(&spec, "too many files, or no memory for their names");
	}
	lsp_found_files_release(&files);
	return rc;
}

static int print_log(const struct asked *a, const struct lsp_term *term, struct lsp_buf *line,
	const struct lsp_log *log)
{
	lsp_buf_clear(line);
	if (a->show.json) {
		json_t *json = lsp_json_log(log);
		int rc = json ? lsp_json_print(stdout, json) : -ENOMEM;
		json_decref(json);
		return rc;
	}
	int rc = lsp_show_log_line(line, term, log);
	if (rc == 0)
		fwrite(line->at, 1, line->len, stdout);
	return rc;
}

static int print_logs(const struct asked *a, const struct lsp_trace *trace)
{
	struct lsp_term term;
	struct lsp_buf line;
	size_t found = 0;
	int rc = 0;
	lsp_term_init(&term);
	lsp_buf_init(&line, LINE_BYTES_MAX);
	if (!a->show.count)
		lsp_term_page(&term);
	for (size_t i = 0; rc == 0 && i < trace->n_logs; i++) {
		const struct lsp_log *log = &trace->logs[i];
		if (!a->any_span && memcmp(log->span_id, a->span_id, LSP_SPAN_ID_BYTES) != 0)
			continue;
		found++;
		rc = a->show.count ? 0 : print_log(a, &term, &line, log);
	}
	if (a->show.count)
		printf(a->show.json ? "{\"count\":%zu}\n" : "%zu\n", found);
	lsp_term_finish();
	lsp_buf_release(&line);
	if (rc)
		return lsp_options_fail(&spec, "a line cannot be shown: %s", strerror(-rc));
	return found ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}

static int search_store(struct asked *a)
{
	struct lsp_trace *trace = NULL;
	int rc = lsp_client_open(&a->client);
	rc = rc ? rc : lsp_client_trace(&a->client, &a->key, &trace);
	int status = rc == -ENOENT ? LSP_EXIT_NOTHING : LSP_EXIT_ERROR;
	if (rc)
		lsp_options_fail(&spec, "%s", a->client.why);
	else
		status = print_logs(a, trace);
	if (rc == -ENOENT && a->show.count)
		puts(a->show.json ? "{\"count\":0}" : "0");
	lsp_trace_free(trace);
	lsp_client_close(&a->client);
	return status;
}

int lsp_cmd_grep(int argc, char **argv)
{
	struct lsp_options o;
	struct asked a = { 0 };
	lsp_options_init(&o, &spec, argc, argv);
	int rc = read_options(&a, &o);
	if (rc)
		return lsp_options_exit(rc);
	if (o.n_operands < 1)
		return lsp_options_fail(&spec, "a TRACE_ID is wanted; see linespan grep --help");
	if (lsp_trace_key_parse(&a.key, lsp_slice_of(o.operands[0])))
		return lsp_options_fail(&spec, "\"%s\" is not a trace id", o.operands[0]);
	if (o.n_operands > 1)
		return search_files(&a, o.operands + 1, o.n_operands - 1);
	return search_store(&a);
}
