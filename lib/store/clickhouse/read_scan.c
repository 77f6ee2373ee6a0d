/* All rows, page by page in the order of the table's key: neither side holds more than a page. */
#include "query.h"

#include <errno.h>

#define PAGE_ROWS 20000

struct scan {
	const struct lsp_scan *q;
	uint64_t low, time_ns, row; /* of the last one read */
	uint64_t before_row; /* only what was there when the scan began */
	size_t n; /* in this page */
	int rc;
};

static int give_span(
	const struct lsp_scan *q, const struct lsp_click_row *r, const struct lsp_origin *from)
{
	struct lsp_span_row row = { .start_ns = r->time_ns,
		.end_ns = r->end_ns,
		.kind = r->kind,
		.status = r->status,
		.intake = r->intake,
		.name = r->text,
		.encoded = r->encoded };

	lsp_click_row_trace_id(r, row.trace_id);
	lsp_click_put_id(row.span_id, r->span_id);
	lsp_click_put_id(row.parent_span_id, r->parent_id);
	return q->span(q->arg, &row, from);
}

static int give_log(
	const struct lsp_scan *q, const struct lsp_click_row *r, const struct lsp_origin *from)
{
	struct lsp_log_row row = { .time_ns = r->time_ns,
		.severity = r->kind,
		.context_source = r->status,
		.intake = r->intake,
		.pid = r->pid,
		.tid = r->tid,
		.body = r->text,
		.encoded = r->encoded };

	lsp_click_row_trace_id(r, row.trace_id);
	lsp_click_put_id(row.span_id, r->span_id);
	return q->log(q->arg, &row, from);
}

static int take(void *arg, const struct lsp_click_row *r)
{
	struct scan *s = arg;
	struct lsp_origin from = {
		.service = r->service, .resource = r->resource, .scope = r->scope
	};
	bool again = s->row == r->row && s->low == r->trace_low && s->time_ns == r->time_ns;
	int rc;

	s->low = r->trace_low;
	s->time_ns = r->time_ns;
	s->row = r->row;
	s->n++;
	if (again) /* an insert that was tried twice */
		return 0;
	rc = r->signal == LSP_CLICK_SPAN ? give_span(s->q, r, &from) : give_log(s->q, r, &from);
	if (rc < 0)
		s->rc = rc;
	return rc < 0 ? rc : 0;
}

static void make_sql(struct lsp_click_query *sql, const struct scan *s, bool first)
{
	lsp_click_query_init(sql, "SELECT ");
	lsp_click_query_add(sql, s->q->no_encoded ? LSP_CLICK_COLUMNS_BARE : LSP_CLICK_COLUMNS);
	lsp_click_query_number(sql, " FROM " LSP_CLICK_TABLE " WHERE Row <= ", s->before_row);
	if (!first) {
		lsp_click_query_number(sql, " AND TraceLow >= ", s->low);
		lsp_click_query_number(sql, " AND (TraceLow > ", s->low);
		lsp_click_query_number(sql, " OR Time > ", s->time_ns);
		lsp_click_query_number(sql, " OR (Time = ", s->time_ns);
		lsp_click_query_number(sql, " AND Row > ", s->row);
		lsp_click_query_add(sql, "))");
	}
	if (s->q->no_spans)
		lsp_click_query_add(sql, " AND Signal = 1");
	if (s->q->no_logs)
		lsp_click_query_add(sql, " AND Signal = 0");
	if (s->q->since_ns)
		lsp_click_query_number(sql, " AND Time >= ", s->q->since_ns);
	if (s->q->until_ns)
		lsp_click_query_number(sql, " AND Time < ", s->q->until_ns);
	lsp_click_query_number(sql, " ORDER BY TraceLow, Time, Row LIMIT ", PAGE_ROWS);
}

/* The newest row that is there. */
static int find_end(struct lsp_click *c, uint64_t *ret)
{
	struct lsp_click_query sql;
	struct lsp_slice data;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, 64);
	lsp_click_query_init(&sql, "SELECT toUInt64(max(Row)) FROM " LSP_CLICK_TABLE);
	rc = lsp_click_query_bytes(c, &sql, &out, NULL);
	data = (struct lsp_slice){ out.at, out.len };
	if (rc == 0 && !lsp_click_take_u64(&data, ret))
		*ret = 0;
	lsp_click_query_release(&sql);
	lsp_buf_release(&out);
	return rc;
}

int lsp_click_scan(struct lsp_store *store, const struct lsp_scan *q)
{
	struct lsp_click *c = (struct lsp_click *)store;
	struct scan s = { .q = q };
	int rc = find_end(c, &s.before_row);

	for (bool first = true; rc == 0 && (first || s.n == PAGE_ROWS); first = false) {
		struct lsp_click_query sql;

		s.n = 0;
		make_sql(&sql, &s, first);
		rc = lsp_click_query_rows(c, &sql, take, &s, NULL);
		lsp_click_query_release(&sql);
	}
	return s.rc ? s.rc : rc;
}
