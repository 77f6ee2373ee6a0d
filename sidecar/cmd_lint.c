/* `linespan lint`: how good the tracing itself is. */
#include "answer.h"
#include "client.h"
#include "commands.h"
#include "lint_text.h"
#include "options.h"
#include "when.h"
#include "../lib/core/ring.h"

enum {
	OPT_SINCE,
	OPT_SERVICE,
#define X(id, ...) OPT_##id,
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
		N_OPTIONS
};

static const struct lsp_option table[N_OPTIONS] = {
	[OPT_SINCE] = { "--since", 0, "TIME",
		"what came since: RFC 3339, Unix seconds, or an age (2h); default: all" },
	[OPT_SERVICE] = { "--service", 0, "NAME", "only this service" },
#define X(id, name, value, help) [OPT_##id] = { name, 0, value, help },
	LSP_CLIENT_OPTION_TABLE(X)
#undef X
};

static const struct lsp_options_spec spec = {
	.command = "linespan lint",
	.operands = "",
	.summary = "Judges the tracing itself, service by service, the worst first: by the rules "
		   "of the instrumentation-score specification, and by rules on how log records "
		   "and spans find each other. Each with counts, examples and what to do. Exit "
		   "status: 0 judged, 1 nothing to judge, 2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
};

static int print(const json_t *json, bool as_json)
{
	int status = json_array_size(json_object_get(json, "services")) ? LSP_EXIT_FOUND
									: LSP_EXIT_NOTHING;
	if (status == LSP_EXIT_NOTHING && !as_json) {
		lsp_options_fail(&spec, "there is nothing to judge: no spans and no log records");
		return status;
	}
	return lsp_answer_print(&spec, json, as_json, lsp_lint_text, status);
}

static int lint(struct lsp_client *c, const struct lsp_lint_query *q, bool as_json)
{
	json_t *json = NULL;
	int status;
	if (lsp_client_open(c))
		return lsp_options_fail(&spec, "%s", c->why);
	if (lsp_client_lint(c, q, &json))
		status = lsp_options_fail(&spec, "%s", c->why);
	else
		status = print(json, as_json);
	json_decref(json);
	lsp_client_close(c);
	return status;
}

int lsp_cmd_lint(int argc, char **argv)
{
	struct lsp_options o;
	struct lsp_client client = { 0 };
	struct lsp_lint_query q = { 0 };
	bool json = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		switch (opt) {
		case OPT_SINCE:
			if (lsp_when_parse(o.value, lsp_now_ns(), &q.since_ns))
				return lsp_options_fail(&spec,
					"--since: \"%s\" is not a time: " LSP_WHEN_FORMS, o.value);
			break;
		case OPT_SERVICE:
			q.service = o.value;
			break;
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
	if (o.n_operands)
		return lsp_options_fail(&spec, "%s: no operands are wanted", o.operands[0]);
	return lint(&client, &q, json);
}
