/* Log records by filter: the newest that match, in time order; or, for --follow, those that came
 * after a row. */
#include "query.h"

#include "../../wire/otlp_match.h"

#include <errno.h>
#include <stdlib.h>

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX     100000

struct found {
	const struct lsp_attrs *attrs;
	struct lsp_log *at;
	size_t n, cap;
	size_t seen; /* rows of this answer, those without the attributes among them */
	uint64_t last_row;
};

static int take(void *arg, const struct lsp_click_row *row)
{
	struct found *f = arg;
	struct lsp_log *l;

	f->seen++;
	if (!lsp_otlp_log_has(f->attrs, row->encoded, row->resource))
		return 0;
	if (f->n == f->cap)
		return -E2BIG;
	l = &f->at[f->n];
	memset(l, 0, sizeof(*l));
	l->attributes = json_object();
	l->resource = json_object();
	f->n++;
	f->last_row = row->row > f->last_row ? row->row : f->last_row;
	return lsp_click_row_to_log(row, l);
}

/* Each word, in any case. */
static void add_words(struct lsp_click_query *q, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, " \t");

		if (len > 0)
			lsp_click_query_text(q, " AND positionCaseInsensitive(Text, ",
				(struct lsp_slice){ text, len }, ") > 0");
		text += len + (text[len] ? 1 : 0);
	}
}

static void make_sql(
	struct lsp_click_query *sql, const struct lsp_log_query *q, size_t offset, size_t limit)
{
	lsp_click_query_init(
		sql, "SELECT " LSP_CLICK_COLUMNS " FROM " LSP_CLICK_TABLE " WHERE Signal = 1");
	if (q->service)
		lsp_click_query_text(sql, " AND Service = ", lsp_slice_of(q->service), "");
	if (q->min_severity)
		lsp_click_query_number(sql, " AND Kind >= ", q->min_severity);
	if (q->trace) {
		lsp_click_query_add(sql, " AND TraceLow != 0");
		lsp_click_query_trace(sql, q->trace);
	}
	if (q->span_id) {
		uint64_t id;

		memcpy(&id, q->span_id, sizeof(id));
		lsp_click_query_number(sql, " AND SpanId = ", __builtin_bswap64(id));
	}
	if (q->no_trace)
		lsp_click_query_add(sql, " AND TraceLow = 0 AND TraceHigh = 0");
	if (q->since_ns)
		lsp_click_query_number(sql, " AND Time >= ", q->since_ns);
	if (q->until_ns)
		lsp_click_query_number(sql, " AND Time < ", q->until_ns);
	if (q->after_row)
		lsp_click_query_number(sql, " AND Row > ", q->after_row);
	add_words(sql, q->text);
	lsp_click_query_attrs(sql, LSP_CLICK_LOG, &q->attrs);
	lsp_click_query_add(sql, q->after_row ? " ORDER BY Row" : " ORDER BY Time DESC, Row DESC");
	lsp_click_query_number(sql, " LIMIT 1 BY Row LIMIT ", offset);
	lsp_click_query_number(sql, ", ", limit);
}

/* Asks on while rows came that had not what was asked for. */
static int find(struct lsp_click *s, const struct lsp_log_query *q, size_t limit, struct found *f)
{
	size_t offset = 0, wanted;
	int rc;

	do {
		struct lsp_click_query sql;

		wanted = limit - f->n;
		f->seen = 0;
		make_sql(&sql, q, offset, wanted);
		rc = lsp_click_query_rows(s, &sql, take, f, NULL);
		lsp_click_query_release(&sql);
		offset += f->seen;
	} while (rc == 0 && f->n < limit && f->seen == wanted);
	return rc;
}

/* In order of time, and of arrival within it. They come newest first; after a row, by row. */
static int by_time(const void *a, const void *b)
{
	const struct lsp_log *x = a, *y = b;

	return x->time_ns < y->time_ns ? -1 : x->time_ns > y->time_ns;
}

static void put_in_order(struct found *f, bool newest_first)
{
	for (size_t i = 0; newest_first && i < f->n / 2; i++) {
		struct lsp_log other = f->at[i];

		f->at[i] = f->at[f->n - 1 - i];
		f->at[f->n - 1 - i] = other;
	}
	if (!newest_first && f->n) /* glibc's merges: equal ones keep their order */
		qsort(f->at, f->n, sizeof(*f->at), by_time);
}

int lsp_click_logs(struct lsp_store *store, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row)
{
	struct lsp_click *s = (struct lsp_click *)store;
	size_t limit = q->limit ? q->limit : LIMIT_DEFAULT;
	struct found f = { .attrs = &q->attrs, .last_row = q->after_row };
	int rc;

	limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	f.cap = limit;
	f.at = calloc(limit, sizeof(*f.at));
	if (!f.at)
		return -ENOMEM;
	rc = find(s, q, limit, &f);
	put_in_order(&f, !q->after_row);
	for (size_t i = 0; rc == 0 && i < f.n; i++)
		if (each(arg, &f.at[i]))
			break;
	for (size_t i = 0; i < f.n; i++)
		lsp_log_release(&f.at[i]);
	free(f.at);
	if (rc == 0 && ret_last_row)
		*ret_last_row = f.last_row;
	return rc;
}
