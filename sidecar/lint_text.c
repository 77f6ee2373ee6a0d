#include "lint_text.h"
#include "term_text.h"

#include <stdio.h>

/* Every line is added through this; the first failure stays. */
struct page {
	struct lsp_buf *out;
	const struct lsp_term *term;
	int rc;
};

static void add(struct page *p, const char *text)
{
	p->rc = p->rc ? p->rc : lsp_buf_add_text(p->out, text);
}

static void add_clean(struct page *p, const json_t *value)
{
	const char *text = json_string_value(value);
	if (p->rc == 0 && text)
		p->rc = lsp_text_clean(p->out, text, json_string_length(value));
}

static void styled(struct page *p, enum lsp_style style, const char *text)
{
	add(p, lsp_term_style(p->term, style));
	add(p, text);
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
}

static long long number(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

static void add_list(struct page *p, const json_t *list, const char *intro)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		add(p, i ? ", " : intro);
		add_clean(p, json_array_get(list, i));
	}
}

/* What holds is one line; what does not, also what was seen and what to do. */
static void add_rule(struct page *p, const json_t *rule)
{
	bool passed = json_is_true(json_object_get(rule, "passed"));
	const json_t *traces = json_object_get(rule, "traces");
	char line[96];
	add(p, "  ");
	if (passed)
		styled(p, LSP_STYLE_DIM, "ok    ");
	else
		styled(p, LSP_STYLE_WARNING, "fails ");
	add_clean(p, json_object_get(rule, "id"));
	add(p, "  ");
	add_clean(p, json_object_get(rule, "title"));
	if (passed) {
		add(p, "\n");
		return;
	}
	snprintf(line, sizeof(line), ": not so in %lld of %lld\n", number(rule, "failed"),
		number(rule, "checked"));
	add(p, line);
	if (json_array_size(json_object_get(rule, "examples"))) {
		add_list(p, json_object_get(rule, "examples"), "                 such as: ");
		add(p, "\n");
	}
	if (json_array_size(traces)) {
		add(p, "                 look at: linespan show ");
		add_clean(p, json_array_get(traces, 0));
		add(p, "\n");
	}
	add(p, "                 to do: ");
	add_clean(p, json_object_get(rule, "advice"));
	add(p, "\n");
}

static void add_rules(struct page *p, const json_t *rules, const char *heading)
{
	if (json_array_size(rules) == 0)
		return;
	add(p, heading);
	/* What fails comes first. */
	for (int passed = 0; passed < 2; passed++)
		for (size_t i = 0; i < json_array_size(rules); i++) {
			const json_t *rule = json_array_get(rules, i);
			if (json_is_true(json_object_get(rule, "passed")) == passed)
				add_rule(p, rule);
		}
}

static void add_service(struct page *p, const json_t *service)
{
	const json_t *score = json_object_get(service, "score");
	char line[160];
	add(p, "\n");
	add(p, lsp_term_style(p->term, LSP_STYLE_SERVICE));
	if (json_string_length(json_object_get(service, "service")))
		add_clean(p, json_object_get(service, "service"));
	else
		add(p, "(no service.name)");
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
	if (json_is_null(score)) {
		add(p, ": no rule of the score could be checked");
	} else {
		snprintf(line, sizeof(line), ": score %.0f of 100, ", json_real_value(score));
		add(p, line);
		add_clean(p, json_object_get(service, "rating"));
		snprintf(line, sizeof(line), " (by %lld rules)", number(service, "rules_checked"));
		add(p, line);
	}
	snprintf(line, sizeof(line), "; %lld spans; %lld of %lld log records carry a trace id\n",
		number(service, "spans"), number(service, "logs_with_trace"),
		number(service, "logs"));
	add(p, line);
	add_rules(p, json_object_get(service, "rules"), "");
	add_rules(p, json_object_get(service, "linespan_rules"),
		"  logs and spans (not part of the score):\n");
}

int lsp_lint_text(struct lsp_buf *out, const struct lsp_term *term, const json_t *json)
{
	struct page page = { out, term, 0 }, *p = &page;
	const json_t *services = json_object_get(json, "services");
	const json_t *notes = json_object_get(json, "notes");
	char line[96];
	snprintf(line, sizeof(line), "%lld spans, %lld log records, %zu services\n",
		number(json, "spans"), number(json, "logs"), json_array_size(services));
	add(p, line);
	for (size_t i = 0; i < json_array_size(notes); i++) {
		add(p, "note: ");
		add_clean(p, json_array_get(notes, i));
		add(p, "\n");
	}
	for (size_t i = 0; i < json_array_size(services); i++)
		add_service(p, json_array_get(services, i));
	return p->rc;
}
