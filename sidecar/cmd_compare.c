/* `linespan compare`: which services explain why one stretch of time was worse than another. */
#include "answer.h"
#include "client.h"
#include "commands.h"
#include "compare_text.h"
#include "options.h"
#include "when.h"
#include "../lib/core/ring.h"

enum {
	OPT_BASELINE,
	OPT_INCIDENT,
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};

static const struct lsp_option table[N_OPTIONS] = {
	[OPT_BASELINE] = { "--baseline", 0, "FROM..TO", "when all was well (2h..1h)" },
	[OPT_INCIDENT] = { "--incident", 0, "FROM..TO", "when it was not (10m..now)" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};

static const struct lsp_options_spec spec = {
	.command = "linespan compare",
	.operands = "--baseline FROM..TO --incident FROM..TO",
	.summary = "Ranks services and their operations by how much they explain what changed "
		   "between two stretches of time: time of their own, errors that begin there, "
		   "steps that are missing or new, log lines that vanished or appeared. Each with "
		   "its reasons and example traces. Exit status: 0 something changed, 1 nothing "
		   "did, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
	.more = "Times: RFC 3339, Unix seconds, or ages (15m, 2h, 7d); TO left out means now.\n",
};

static int print(const json_t *json, bool as_json)
{
	int status = json_array_size(json_object_get(json, "services")) ? LSP_EXIT_FOUND
									: LSP_EXIT_NOTHING;
	return lsp_answer_print(&spec, json, as_json, lsp_compare_text, status);
}

static int compare(struct lsp_client *c, const struct lsp_compare_query *q, bool as_json)
{
	json_t *json = NULL;
	int status;
	if (lsp_client_open(c))
		return lsp_options_fail(&spec, "%s", c->why);
	if (lsp_client_compare(c, q, &json))
		status = lsp_options_fail(&spec, "%s", c->why);
	else
		status = print(json, as_json);
	json_decref(json);
	lsp_client_close(c);
	return status;
}

static int set_range(uint64_t ret_ns[2], int opt, const char *value)
{
	if (lsp_range_parse(value, lsp_now_ns(), &ret_ns[0], &ret_ns[1]) == 0)
		return 0;
	lsp_options_fail(&spec, "%s: \"%s\" is not " LSP_RANGE_FORMS ", the first one earlier",
		table[opt].name, value);
	return LSP_OPTIONS_BAD;
}

int lsp_cmd_compare(int argc, char **argv)
{
	struct lsp_options o;
	struct lsp_client client = { 0 };
	struct lsp_compare_query q = { 0 };
	bool json = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt, rc = 0; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		switch (opt) {
		case OPT_BASELINE:
			rc = set_range(q.baseline_ns, opt, o.value);
			break;
		case OPT_INCIDENT:
			rc = set_range(q.incident_ns, opt, o.value);
			break;
		case OPT_JSON:
			json = true;
			break;
		LSP_CLIENT_CASES:
			lsp_client_set(&client, opt - OPT_JSON, o.value);
			break;
		default:
			rc = opt;
		}
		if (rc)
			return lsp_options_exit(rc);
	}
	if (o.n_operands)
		return lsp_options_fail(&spec, "%s: no operands are wanted", o.operands[0]);
	if (!q.baseline_ns[1] || !q.incident_ns[1])
		return lsp_options_fail(&spec, "--baseline FROM..TO and --incident FROM..TO are "
					       "wanted; see linespan compare --help");
	return compare(&client, &q, json);
}
