/* Traces by what their spans are: the newest candidates, then the spans of these. */
#include "../result.h"
#include "query.h"

#include "../../wire/otlp_match.h"

#include <errno.h>
#include <stdlib.h>

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     1000
#define ANSWER_MAX    (1u << 20)
#define OPERATION_MAX 5000 /* spans that a baseline is made of */

struct candidate {
	struct lsp_trace_key key;
	struct lsp_trace *trace;
	bool fits; /* one of its spans has the attributes */
};

struct candidates {
	const struct lsp_trace_query *query;
	struct candidate *at;
	size_t n;
};

static void make_sql(
	struct lsp_click_query *sql, const struct lsp_trace_query *q, size_t offset, size_t limit)
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
	lsp_click_query_attrs(sql, LSP_CLICK_SPAN, &q->attrs);
	lsp_click_query_number(
		sql, " GROUP BY TraceHigh, TraceLow ORDER BY max(Time) DESC LIMIT ", offset);
	lsp_click_query_number(sql, ", ", limit);
}

static int find_candidates(struct lsp_click *s, size_t offset, size_t limit, struct candidates *c)
{
	struct lsp_click_query sql;
	struct lsp_slice data;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, ANSWER_MAX);
	make_sql(&sql, c->query, offset, limit);
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

/* What the server asked of the span, too, as far as attributes make a difference. */
static bool fits(const struct lsp_trace_query *q, const struct lsp_click_row *row)
{
	return (!q->service || lsp_slice_equal(row->service, lsp_slice_of(q->service))) &&
	       (!q->operation || lsp_slice_equal(row->text, lsp_slice_of(q->operation))) &&
	       (!q->errors || row->status == LSP_STATUS_ERROR) &&
	       lsp_otlp_span_has(&q->attrs, row->encoded, row->resource, row->kind, row->status);
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
		c->at[i].fits = c->at[i].fits || fits(c->query, row);
		if (row->trace_high)
			memcpy(c->at[i].trace->trace_id, id, sizeof(id));
		lsp_click_put_id(c->at[i].trace->trace_id + 8, row->trace_low);
	}
	return 0;
}

/* The bytes of encodings only where they are looked at again. */
static int read_spans(struct lsp_click *s, struct candidates *c)
{
	struct lsp_click_query sql;
	int rc;

	lsp_click_query_init(&sql,
		c->query->attrs.n ? "SELECT " LSP_CLICK_COLUMNS " FROM " LSP_CLICK_TABLE
				  : "SELECT " LSP_CLICK_COLUMNS_BARE " FROM " LSP_CLICK_TABLE);
	lsp_click_query_add(&sql, " WHERE Signal = 0 AND TraceLow IN (");
	for (size_t i = 0; i < c->n; i++)
		lsp_click_query_number(&sql, i ? ", " : "", c->at[i].key.low);
	lsp_click_query_add(&sql, ") ORDER BY Row LIMIT 1 BY Row");
	rc = lsp_click_query_rows(s, &sql, take, c, NULL);
	lsp_click_query_release(&sql);
	return rc;
}

/* Returns how many were given out. */
static size_t give_out(struct candidates *c, size_t limit,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg, bool *stop)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n && !*stop && n < limit; i++) {
		struct lsp_trace *t = c->at[i].trace;
		struct lsp_trace_summary summary;

		if (!t || !t->n_spans || (c->query->attrs.n && !c->at[i].fits))
			continue;
		lsp_trace_finish(t);
		lsp_result_summarize(t, &summary);
		*stop = each(arg, &summary) != 0;
		n++;
	}
	return n;
}

static void forget(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		lsp_trace_free(c->at[i].trace);
	memset(c->at, 0, c->n * sizeof(*c->at));
	c->n = 0;
}

int lsp_click_search(struct lsp_store *store, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg)
{
	struct lsp_click *s = (struct lsp_click *)store;
	size_t limit = q->limit ? q->limit : LIMIT_DEFAULT, offset = 0;
	struct candidates c = { q, NULL, 0 };
	bool stop = false, more;
	int rc;

	limit = limit < LIMIT_MAX ? limit : LIMIT_MAX;
	c.at = calloc(limit, sizeof(*c.at));
	if (!c.at)
		return -ENOMEM;
	/* On while there were some that did not fit. */
	do {
		rc = find_candidates(s, offset, limit, &c);
		if (rc == 0 && c.n)
			rc = read_spans(s, &c);
		offset += c.n;
		more = c.n == limit && q->attrs.n;
		if (rc == 0)
			limit -= give_out(&c, limit, each, arg, &stop);
		forget(&c);
	} while (rc == 0 && !stop && more && limit);
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
