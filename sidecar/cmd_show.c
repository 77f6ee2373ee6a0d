/* `linespan show`: one trace as a tree with its logs. */
#include "client.h"
#include "commands.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>

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

static int show(struct lsp_client *c, const struct lsp_trace_key *key, bool as_json)
{
	struct lsp_term term;
	struct lsp_buf out;
	lsp_term_init(&term);
	lsp_buf_init(&out, TEXT_BYTES_MAX);
	int rc = as_json ? lsp_client_trace_json(c, key, &out)
			 : lsp_client_trace_text(c, key, &term, &out);
	if (rc == 0 && !as_json)
		lsp_term_page(&term);
	if (rc == 0) {
		fwrite(out.at, 1, out.len, stdout);
		if (as_json)
			fputc('\n', stdout);
		lsp_term_finish();
	}
	lsp_buf_release(&out);
	return rc ? client_failed(c, rc) : LSP_EXIT_FOUND;
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
	client.asked = o.operands[0];
	int rc = lsp_client_open(&client);
	if (rc)
		return lsp_options_fail(&spec, "%s", client.why);
	rc = show(&client, &key, json);
	lsp_client_close(&client);
	return rc;
}
