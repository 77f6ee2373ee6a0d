/* Traces by what their spans are: the newest candidates, then the spans of these. */
#include "../result.h"
#include "query.h"

#include <errno.h>
#include <stdlib.h>

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     1000
#define ANSWER_MAX    (1u << 20)
#define OPERATION_MAX 5000 /* spans that a baseline is made of */

struct candidate {
	struct lsp_trace_key key;
	struct lsp_trace *trace;
};

struct candidates {
	struct candidate *at;
	size_t n;
};

static void make_sql(struct lsp_click_query *sql, const struct lsp_trace_query *q, size_t limit)
{
	struct lsp_slice text = lsp_slice_of(q->text);

	lsp_click_query_init(
		sql, "SELECT TraceHigh, TraceLow FROM " LSP_CLICK_TABLE " WHERE Signal = 0");
	if (q->service)
		lsp_click_query_text(sql, " AND Service = ", lsp_slice_of(q->service), "");
	if (q->operation)
		lsp_click_query_text(sql, " AND Text = ", lsp_slice_of(q->operation), "");
	if (q->text) {
		lsp_click_query_text(sql, " AND (positionCaseInsensitive(Text, ", text,
			") > 0 OR TraceLow IN (SELECT TraceLow FROM " LSP_CLICK_TABLE
			" WHERE Signal = 1 AND TraceLow != 0 AND positionCaseInsensitive(Text, ");
		lsp_click_query_text(sql, "", text, ") > 0))");
	}
	if (q->min_duration_ns)
		lsp_click_query_number(
			sql, " AND End >= Time AND End - Time >= ", q->min_duration_ns);
	if (q->max_duration_ns)
		lsp_click_query_number(
			sql, " AND (End < Time OR End - Time <= ", q->max_duration_ns);
	lsp_click_query_add(sql, q->max_duration_ns ? ")" : "");
	if (q->errors)
		lsp_click_query_add(sql, " AND Status = 2");
	if (q->since_ns)
		lsp_click_query_number(sql, " AND Time >= ", q->since_ns);
	if (q->until_ns)
		lsp_click_query_number(sql, " AND Time < ", q->until_ns);
	lsp_click_query_number(
		sql, " GROUP BY TraceHigh, TraceLow ORDER BY max(Time) DESC LIMIT ", limit);
}

static int find_candidates(
	struct lsp_click *s, const struct lsp_trace_query *q, size_t limit, struct candidates *c)
{
	struct lsp_click_query sql;
	struct lsp_slice data;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, ANSWER_MAX);
	make_sql(&sql, q, limit);
	rc = lsp_click_query_bytes(s, &sql, &out, NULL);
	data = (struct lsp_slice){ out.at, out.len };
	while (rc == 0 && data.len && c->n < limit) {
		struct lsp_trace_key *key = &c->at[c->n].key;

		if (!lsp_click_take_u64(&data, &key->high) || !lsp_click_take_u64(&data, &key->low))
			rc = -EBADMSG;
		else
			c->n++;
	}
	lsp_click_query_release(&sql);
	lsp_buf_release(&out);
	return rc;
}

static int take(void *arg, const struct lsp_click_row *row)
{
	struct candidates *c = arg;
	uint8_t id[LSP_TRACE_ID_BYTES];

	lsp_click_row_trace_id(row, id);
	for (size_t i = 0; i < c->n; i++) {
		struct lsp_span *s;
		int rc;

		if (!lsp_trace_key_matches(&c->at[i].key, id))
			continue;
		if (!c->at[i].trace && !(c->at[i].trace = lsp_trace_new()))
			return -ENOMEM;
		s = lsp_trace_add_span(c->at[i].trace);
		rc = s ? lsp_click_row_to_span(row, s) : -ENOMEM;
		if (rc)
			return rc;
		if (row->trace_high)
			memcpy(c->at[i].trace->trace_id, id, sizeof(id));
		lsp_click_put_id(c->at[i].trace->trace_id + 8, row->trace_low);
	}
	return 0;
}

static int read_spans(struct lsp_click *s, struct candidates *c)
{
	struct lsp_click_query sql;
	int rc;

	lsp_click_query_init(&sql, "SELECT " LSP_CLICK_COLUMNS_BARE " FROM " LSP_CLICK_TABLE
				   " WHERE Signal = 0 AND TraceLow IN (");
	for (size_t i = 0; i < c->n; i++)
		lsp_click_query_number(&sql, i ? ", " : "", c->at[i].key.low);
	lsp_click_query_add(&sql, ") ORDER BY Row LIMIT 1 BY Row");
	rc = lsp_click_query_rows(s, &sql, take, c, NULL);
	lsp_click_query_release(&sql);
	return rc;
}

int lsp_click_search(struct lsp_store *store, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg)
{
	struct lsp_click *s = (struct lsp_click *)store;
	size_t limit = q->limit ? q->limit : LIMIT_DEFAULT;
	struct candidates c = { NULL, 0 };
	bool stop = false;
	int rc;

	limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	c.at = calloc(limit, sizeof(*c.at));
	if (!c.at)
		return -ENOMEM;
	rc = find_candidates(s, q, limit, &c);
	if (rc == 0 && c.n)
		rc = read_spans(s, &c);
	for (size_t i = 0; i < c.n; i++) {
		struct lsp_trace *t = c.at[i].trace;
		struct lsp_trace_summary summary;

		if (rc == 0 && !stop && t && t->n_spans) {
			lsp_trace_finish(t);
			lsp_result_summarize(t, &summary);
			stop = each(arg, &summary) != 0;
		}
		lsp_trace_free(t);
	}
	free(c.at);
	return rc;
}

int lsp_click_services(
	struct lsp_store *store, int (*each)(void *arg, const char *service), void *arg)
{
	struct lsp_click *s = (struct lsp_click *)store;
	struct lsp_click_query sql;
	struct lsp_slice data, name;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, ANSWER_MAX);
	lsp_click_query_init(&sql, "SELECT DISTINCT toString(Service) AS name FROM " LSP_CLICK_TABLE
				   " WHERE name != '' ORDER BY name");
	rc = lsp_click_query_bytes(s, &sql, &out, NULL);
	data = (struct lsp_slice){ out.at, out.len };
	while (rc == 0 && data.len) {
		char *copy;
		int stop;

		if (!lsp_click_take_text(&data, &name)) {
			rc = -EBADMSG;
			break;
		}
		copy = strndup(name.at, name.len);
		if (!copy) {
			rc = -ENOMEM;
			break;
		}
		stop = each(arg, copy);
		free(copy);
		if (stop)
			break;
	}
	lsp_click_query_release(&sql);
	lsp_buf_release(&out);
	return rc;
}

/* The newest spans of one operation. The newest rows are those that came last. */
int lsp_click_operation(struct lsp_store *store, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg)
{
	struct lsp_click *s = (struct lsp_click *)store;
	struct lsp_click_query sql;
	struct lsp_slice data;
	struct lsp_buf out;
	uint64_t high, low, status;
	bool stop = false;

	lsp_buf_init(&out, ANSWER_MAX);
	lsp_click_query_init(&sql,
		"SELECT TraceHigh, TraceLow, Time, End, toUInt64(Status) FROM " LSP_CLICK_TABLE
		" WHERE Signal = 0");
	lsp_click_query_text(&sql, " AND Service = ", lsp_slice_of(q->service), "");
	lsp_click_query_text(&sql, " AND Text = ", lsp_slice_of(q->name), "");
	lsp_click_query_number(&sql, " AND Kind = ", q->kind);
	lsp_click_query_number(&sql, " ORDER BY Row DESC LIMIT ",
		q->look_at < OPERATION_MAX ? q->look_at : OPERATION_MAX);
	int rc = lsp_click_query_bytes(s, &sql, &out, NULL);
	data = (struct lsp_slice){ out.at, out.len };
	while (rc == 0 && !stop && data.len) {
		struct lsp_span_row row = { .kind = (uint8_t)q->kind };

		if (!lsp_click_take_u64(&data, &high) || !lsp_click_take_u64(&data, &low) ||
			!lsp_click_take_u64(&data, &row.start_ns) ||
			!lsp_click_take_u64(&data, &row.end_ns) ||
			!lsp_click_take_u64(&data, &status)) {
			rc = -EBADMSG;
			break;
		}
		row.status = (uint8_t)status;
		lsp_click_put_id(row.trace_id, high);
		lsp_click_put_id(row.trace_id + 8, low);
		stop = each(arg, &row) != 0;
	}
	lsp_click_query_release(&sql);
	lsp_buf_release(&out);
	return rc;
}
