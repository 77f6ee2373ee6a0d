/* Rows as the OpenTelemetry exporter's tables have them. There are several generations of those
 * tables, and people change them: which columns there are, and of which types, is asked (DESC
 * TABLE), and those that are known here are filled. */
#ifndef LSP_STORE_CLICK_OTEL_H
#define LSP_STORE_CLICK_OTEL_H

#include "rows.h"

#define LSP_OTEL_COLUMNS_MAX 40

struct lsp_otel_source;

/* How a column wants its values, from the name of its type. */
struct lsp_otel_type {
	enum { LSP_OTEL_TEXT, LSP_OTEL_UINT, LSP_OTEL_SECONDS, LSP_OTEL_TICKS, LSP_OTEL_MAP } kind;
	unsigned bytes; /* of a UINT */
	uint64_t ns_per_tick; /* of TICKS (DateTime64) */
	bool nullable, array;
};

struct lsp_otel_column {
	const struct lsp_otel_source *source;
	struct lsp_otel_type type;
};

struct lsp_otel_table {
	enum lsp_click_signal signal;
	struct lsp_otel_column columns[LSP_OTEL_COLUMNS_MAX];
	size_t n_columns;
	char names[2048]; /* for INSERT INTO t (…) */
};

/* Takes one line of DESC TABLE; a column that is not known, or of a type that cannot hold its
 * values, is left out. */
void lsp_otel_learn(struct lsp_otel_table *t, struct lsp_slice name, struct lsp_slice type,
	struct lsp_slice default_kind);

/* Appends the rows of the table's signal as RowBinary of its columns. Returns 0, -EBADMSG, -E2BIG,
 * -ENOMEM. */
int lsp_otel_rows(struct lsp_buf *out, const struct lsp_otel_table *t, struct lsp_slice rows);

/* Reads a type's name. Returns whether values can be written as it wants. */
bool lsp_otel_parse_type(struct lsp_otel_type *ret, struct lsp_slice name);

#endif
