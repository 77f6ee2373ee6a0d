#include "compare_text.h"
#include "term_text.h"

#include <stdio.h>

#define SERVICES_SHOWN   8
#define OPERATIONS_SHOWN 3
#define REASONS_SHOWN    3
#define BAR_COLUMNS      20

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

static void styled(struct page *p, enum lsp_style style, const json_t *value)
{
	add(p, lsp_term_style(p->term, style));
	add_clean(p, value);
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
}

static void add_window(struct page *p, const json_t *json, const char *name)
{
	const json_t *w = json_object_get(json, name);
	char line[160];
	snprintf(line, sizeof(line), "%s: %lld traces, %lld spans, %lld log records\n", name,
		(long long)json_integer_value(json_object_get(w, "traces")),
		(long long)json_integer_value(json_object_get(w, "spans")),
		(long long)json_integer_value(json_object_get(w, "logs")));
	add(p, line);
}

static void add_bar(struct page *p, double score, double best)
{
	int full = best > 0 ? (int)(score / best * BAR_COLUMNS + 0.5) : 0;
	add(p, lsp_term_style(p->term, LSP_STYLE_BAR));
	for (int i = 0; i < BAR_COLUMNS; i++)
		add(p, i < full || i == 0 ? (p->term->utf8 ? "█" : "#")
					  : (p->term->utf8 ? "·" : "."));
	add(p, lsp_term_style(p->term, LSP_STYLE_PLAIN));
}

static void add_operation(struct page *p, const json_t *operation)
{
	const json_t *reasons = json_object_get(operation, "reasons");
	add(p, "     ");
	styled(p, LSP_STYLE_BOLD, json_object_get(operation, "name"));
	add(p, "\n");
	for (size_t i = 0; i < json_array_size(reasons) && i < REASONS_SHOWN; i++) {
		add(p, "       ");
		add_clean(p, json_array_get(reasons, i));
		add(p, "\n");
	}
}

static void add_service(struct page *p, size_t rank, const json_t *service, double best)
{
	const json_t *operations = json_object_get(service, "operations");
	const json_t *traces = json_object_get(service, "traces");
	double score = json_real_value(json_object_get(service, "score"));
	char line[64];
	snprintf(line, sizeof(line), "\n%2zu. ", rank + 1);
	add(p, line);
	add_bar(p, score, best);
	snprintf(line, sizeof(line), " %5.2f ", score);
	add(p, line);
	styled(p, LSP_STYLE_SERVICE, json_object_get(service, "service"));
	add(p, "\n");
	if (json_array_size(operations) == 0) {
		const json_t *reasons = json_object_get(service, "reasons");
		for (size_t i = 0; i < json_array_size(reasons) && i < REASONS_SHOWN; i++) {
			add(p, "       ");
			add_clean(p, json_array_get(reasons, i));
			add(p, "\n");
		}
	}
	for (size_t i = 0; i < json_array_size(operations) && i < OPERATIONS_SHOWN; i++)
		add_operation(p, json_array_get(operations, i));
	if (json_array_size(traces) == 0)
		return;
	add(p, "     for example: linespan explain ");
	add_clean(p, json_array_get(traces, 0));
	add(p, "\n");
}

int lsp_compare_text(struct lsp_buf *out, const struct lsp_term *term, const json_t *json)
{
	struct page page = { out, term, 0 }, *p = &page;
	const json_t *services = json_object_get(json, "services");
	const json_t *notes = json_object_get(json, "notes");
	size_t n = json_array_size(services);
	char line[80];
	add_window(p, json, "baseline");
	add_window(p, json, "incident");
	for (size_t i = 0; i < json_array_size(notes); i++) {
		add(p, "note: ");
		add_clean(p, json_array_get(notes, i));
		add(p, "\n");
	}
	if (n == 0)
		add(p, "\nNothing is worse than before: no service takes longer, fails or works "
		       "in another way.\n");
	double best = json_real_value(json_object_get(json_array_get(services, 0), "score"));
	for (size_t i = 0; i < n && i < SERVICES_SHOWN; i++)
		add_service(p, i, json_array_get(services, i), best);
	if (n > SERVICES_SHOWN) {
		snprintf(line, sizeof(line), "\nand %zu more with weaker signs (--json)\n",
			n - SERVICES_SHOWN);
		add(p, line);
	}
	return p->rc;
}
