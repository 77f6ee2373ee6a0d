/* The names of ClickHouse's types. */
#include "otel.h"

#include <stdlib.h>

static bool take_prefix(struct lsp_slice *s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s->len < n || memcmp(s->at, prefix, n) != 0)
		return false;
	s->at += n;
	s->len -= n;
	return true;
}

/* "NAME(…)" → "…" */
static bool take_wrapper(struct lsp_slice *s, const char *open)
{
	if (s->len == 0 || s->at[s->len - 1] != ')' || !take_prefix(s, open))
		return false;
	s->len--;
	return true;
}

static bool is(struct lsp_slice s, const char *name)
{
	return lsp_slice_equal(s, lsp_slice_of(name));
}

static bool parse_ticks(struct lsp_otel_type *t, struct lsp_slice inner)
{
	unsigned precision = inner.len ? (unsigned)(inner.at[0] - '0') : 10;

	if (precision > 9)
		return false;
	t->kind = LSP_OTEL_TICKS;
	t->ns_per_tick = 1;
	for (; precision < 9; precision++)
		t->ns_per_tick *= 10;
	return true;
}

static bool parse_map(struct lsp_otel_type *t, struct lsp_slice inner)
{
	if (!is(inner, "String, String") && !is(inner, "LowCardinality(String), String") &&
		!is(inner, "LowCardinality(String), LowCardinality(String)") &&
		!is(inner, "String, LowCardinality(String)"))
		return false;
	t->kind = LSP_OTEL_MAP;
	return true;
}

bool lsp_otel_parse_type(struct lsp_otel_type *ret, struct lsp_slice s)
{
	struct lsp_otel_type t = { .kind = LSP_OTEL_TEXT };

	t.array = take_wrapper(&s, "Array(");
	(void)take_wrapper(&s, "LowCardinality(");
	t.nullable = take_wrapper(&s, "Nullable(");
	if (take_wrapper(&s, "DateTime64(")) {
		if (!parse_ticks(&t, s))
			return false;
	} else if (take_wrapper(&s, "Map(")) {
		if (!parse_map(&t, s))
			return false;
	} else if (is(s, "DateTime") || take_wrapper(&s, "DateTime(")) {
		t.kind = LSP_OTEL_SECONDS;
	} else if (take_prefix(&s, "UInt") || take_prefix(&s, "Int")) {
		t.kind = LSP_OTEL_UINT;
		t.bytes = is(s, "8") ? 1 : is(s, "16") ? 2 : is(s, "32") ? 4 : is(s, "64") ? 8 : 0;
		if (t.bytes == 0)
			return false;
	} else if (!is(s, "String")) {
		return false;
	}
	*ret = t;
	return true;
}
