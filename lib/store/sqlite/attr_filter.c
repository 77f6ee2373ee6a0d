#include "attr_filter.h"

#include "../../wire/otlp_match.h"

#define KIND   7 /* columns of a span, rows.h */
#define STATUS 8

int lsp_attr_filter_init(struct lsp_attr_filter *f, sqlite3 *db, enum lsp_rows_kind kind,
	const struct lsp_attrs *wanted)
{
	bool of_resource[LSP_ATTRS_MAX] = { false };
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, "SELECT resource FROM main.origin", -1, &stmt, NULL);

	f->kind = kind;
	f->own.n = 0;
	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *at = sqlite3_column_blob(stmt, 0);
		struct lsp_slice resource = { at ? at : "", (size_t)sqlite3_column_bytes(stmt, 0) };

		for (size_t i = 0; i < wanted->n; i++)
			of_resource[i] =
				of_resource[i] || lsp_otlp_resource_has(&wanted->at[i], resource);
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	for (size_t i = 0; i < wanted->n; i++)
		if (!of_resource[i])
			f->own.at[f->own.n++] = wanted->at[i];
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Whether an attribute can be there without its key as a text. */
static bool has_other_names(enum lsp_rows_kind kind, const struct lsp_attr *a)
{
	return kind == LSP_ROWS_SPAN ? lsp_slice_equal(a->key, LSP_SLICE("error")) ||
					       lsp_slice_equal(a->key, LSP_SLICE("span.kind"))
				     : lsp_slice_equal(a->key, LSP_SLICE("event.name"));
}

bool lsp_attr_filter_block(const struct lsp_attr_filter *f, struct lsp_slice rest)
{
	for (size_t i = 0; i < f->own.n; i++) {
		const struct lsp_attr *a = &f->own.at[i];

		if (!has_other_names(f->kind, a) && !lsp_otlp_attr_may_be_in(a, rest))
			return false;
	}
	return true;
}

bool lsp_attr_filter_row(const struct lsp_attr_filter *f, const int64_t numbers[LSP_ROWS_NUMBERS],
	struct lsp_slice rest)
{
	struct lsp_slice none = { "", 0 };

	if (f->own.n == 0)
		return true;
	return f->kind == LSP_ROWS_LOG
		       ? lsp_otlp_log_has(&f->own, rest, none)
		       : lsp_otlp_span_has(&f->own, rest, none, (unsigned)numbers[KIND],
				 (unsigned)numbers[STATUS]);
}
