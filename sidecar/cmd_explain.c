/* `linespan explain`: where the time of one trace went, where its error began. */
#include "answer.h"
#include "client.h"
#include "commands.h"
#include "explain_text.h"
#include "options.h"

#include <errno.h>

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
	.command = "linespan explain",
	.operands = "TRACE_ID",
	.summary =
		"Says where the time of a trace went, where its error began, what was retried, and "
		"whether it is normal for its operation. TRACE_ID may be "
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

static int explain(struct lsp_client *c, const struct lsp_trace_key *key, bool as_json)
{
	json_t *json = NULL;
	int rc = lsp_client_explain(c, key, &json);
	if (rc)
		return client_failed(c, rc);
	int status = lsp_answer_print(&spec, json, as_json, lsp_explain_text, LSP_EXIT_FOUND);
	json_decref(json);
	return status;
}

int lsp_cmd_explain(int argc, char **argv)
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
		return lsp_options_fail(
			&spec, "one TRACE_ID is wanted; see linespan explain --help");
	if (lsp_trace_key_parse(&key, lsp_slice_of(o.operands[0])))
		return lsp_options_fail(&spec, "\"%s\" is not a trace id", o.operands[0]);
	client.asked = o.operands[0];
	int rc = lsp_client_open(&client);
	if (rc)
		return lsp_options_fail(&spec, "%s", client.why);
	rc = explain(&client, &key, json);
	lsp_client_close(&client);
	return rc;
}
