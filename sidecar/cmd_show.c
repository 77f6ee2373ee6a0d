/* `linespan show`: one trace as a tree with its logs. */
#include "client.h"
#include "commands.h"
#include "options.h"
#include "show_text.h"
#include "../lib/analysis/tree.h"

#include <errno.h>
#include <string.h>

#define TEXT_BYTES_MAX (1024u * 1024 * 1024)

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
	.command = "linespan show",
	.operands = "TRACE_ID",
	.summary =
		"Shows a trace as a tree with bars, and its logs at their spans. TRACE_ID may be "
		"in any common form: hexadecimal in any case, with dashes, 64 bits, decimal, a "
		"whole traceparent. Exit status: 0 found, 1 not found, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

static int client_failed(const struct lsp_client *c, int rc)
{
	lsp_options_fail(&spec, "%s", c->why);
	return rc == -ENOENT ? LSP_EXIT_NOTHING : LSP_EXIT_ERROR;
}

static int show_json(struct lsp_client *c, const struct lsp_trace_key *key)
{
	json_t *json = NULL;
	int rc = lsp_client_trace_json(c, key, &json);
	if (rc)
		return client_failed(c, rc);
	json_dumpf(json, stdout, JSON_COMPACT);
	fputc('\n', stdout);
	json_decref(json);
	return LSP_EXIT_FOUND;
}

static int show_text(struct lsp_client *c, const struct lsp_trace_key *key)
{
	struct lsp_trace *trace = NULL;
	struct lsp_tree tree = { 0 };
	struct lsp_term term;
	struct lsp_buf out;
	int rc = lsp_client_trace(c, key, &trace);
	if (rc)
		return client_failed(c, rc);
	lsp_term_init(&term);
	lsp_buf_init(&out, TEXT_BYTES_MAX);
	rc = lsp_tree_build(&tree, trace);
	rc = rc ? rc : lsp_show_text(&out, &term, &tree);
	if (rc == 0) {
		lsp_term_page(&term);
		fwrite(out.at, 1, out.len, stdout);
		lsp_term_finish();
	} else {
		lsp_options_fail(&spec, "the trace cannot be shown: %s", strerror(-rc));
	}
	lsp_buf_release(&out);
	lsp_tree_release(&tree);
	lsp_trace_free(trace);
	return rc ? LSP_EXIT_ERROR : LSP_EXIT_FOUND;
}

int lsp_cmd_show(int argc, char **argv)
{
	struct lsp_options o;
	struct lsp_client client = { 0 };
	struct lsp_trace_key key;
	bool json = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		switch (opt) {
		case OPT_JSON:
			json = true;
			break;
		LSP_CLIENT_CASES:
			lsp_client_set(&client, opt - OPT_JSON, o.value);
			break;
		default:
			return lsp_options_exit(opt);
		}
	}
	if (o.n_operands != 1)
		return lsp_options_fail(&spec, "one TRACE_ID is wanted; see linespan show --help");
	if (lsp_trace_key_parse(&key, lsp_slice_of(o.operands[0])))
		return lsp_options_fail(&spec, "\"%s\" is not a trace id", o.operands[0]);
	int rc = lsp_client_open(&client);
	if (rc)
		return lsp_options_fail(&spec, "%s", client.why);
	rc = json ? show_json(&client, &key) : show_text(&client, &key);
	lsp_client_close(&client);
	return rc;
}
