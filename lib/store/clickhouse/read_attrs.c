/* Attributes in a query: the server looks for their encodings in the bytes of each record, which
 * leaves few that lsp_otlp_span_has() and lsp_otlp_log_has() then say no to. */
#include "query.h"

#include "../../wire/otlp_match.h"

struct adding {
	struct lsp_click_query *sql;
	bool first;
};

static int add_bytes(void *arg, struct lsp_slice bytes)
{
	struct adding *a = arg;

	lsp_click_query_text(
		a->sql, a->first ? "position(Encoded, " : " OR position(Encoded, ", bytes, ") > 0");
	lsp_click_query_text(a->sql, " OR position(Resource, ", bytes, ") > 0");
	a->first = false;
	return a->sql->rc;
}

/* What stands for an attribute of a span that has none of that name. */
static void add_columns(struct lsp_click_query *sql, const struct lsp_attr *a)
{
	if (lsp_slice_equal(a->key, LSP_SLICE("error")))
		lsp_click_query_add(sql, lsp_slice_equal(a->value, LSP_SLICE("true"))
						 ? " OR Status = 2"
						 : " OR Status != 2");
	for (unsigned kind = 0; kind <= LSP_KIND_CONSUMER; kind++)
		if (lsp_slice_equal(a->key, LSP_SLICE("span.kind")) &&
			lsp_slice_equal(a->value, lsp_slice_of(lsp_kind_name(kind))))
			lsp_click_query_number(sql, " OR Kind = ", kind);
}

void lsp_click_query_attrs(
	struct lsp_click_query *sql, enum lsp_click_signal signal, const struct lsp_attrs *attrs)
{
	for (size_t i = 0; i < attrs->n; i++) {
		struct adding a = { sql, true };
		int rc;

		lsp_click_query_add(sql, " AND (");
		rc = lsp_otlp_attr_bytes(&attrs->at[i], add_bytes, &a);
		sql->rc = sql->rc ? sql->rc : rc;
		if (signal == LSP_CLICK_SPAN)
			add_columns(sql, &attrs->at[i]);
		lsp_click_query_add(sql, ")");
	}
}
