#include "query.h"

#include <errno.h>
#include <inttypes.h>

#define SQL_BYTES_MAX (1u << 20)
#define ANSWER_MAX    (1024u * 1024 * 1024)

/* Errors come before the first byte, not in the middle of the rows. */
#define WHOLE "&wait_end_of_query=1"

void lsp_click_query_init(struct lsp_click_query *q, const char *sql)
{
	lsp_buf_init(&q->sql, SQL_BYTES_MAX);
	q->rc = 0;
	lsp_click_query_add(q, sql);
}

void lsp_click_query_release(struct lsp_click_query *q)
{
	lsp_buf_release(&q->sql);
}

void lsp_click_query_add(struct lsp_click_query *q, const char *sql)
{
	if (q->rc == 0)
		q->rc = lsp_buf_add_text(&q->sql, sql);
}

void lsp_click_query_number(struct lsp_click_query *q, const char *sql, uint64_t value)
{
	if (q->rc == 0)
		q->rc = lsp_buf_printf(&q->sql, "%s%" PRIu64, sql, value);
}

void lsp_click_query_text(
	struct lsp_click_query *q, const char *sql, struct lsp_slice text, const char *rest)
{
	static const char digits[] = "0123456789abcdef";

	lsp_click_query_add(q, sql);
	lsp_click_query_add(q, "unhex('");
	for (size_t i = 0; q->rc == 0 && i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		q->rc = lsp_buf_add(&q->sql, (char[2]){ digits[c >> 4], digits[c & 15] }, 2);
	}
	lsp_click_query_add(q, "')");
	lsp_click_query_add(q, rest);
}

void lsp_click_query_trace(struct lsp_click_query *q, const struct lsp_trace_key *key)
{
	lsp_click_query_number(q, " AND TraceLow = ", key->low);
	if (key->high) {
		lsp_click_query_number(q, " AND (TraceHigh = ", key->high);
		lsp_click_query_add(q, " OR TraceHigh = 0)");
	}
}

int lsp_click_query_bytes(
	struct lsp_click *s, struct lsp_click_query *q, struct lsp_buf *out, bool *partial)
{
	struct lsp_click_request r = { .settings = WHOLE };
	char why[LSP_CLICK_WHY];
	enum lsp_click_fate fate;

	lsp_click_query_add(q, " FORMAT RowBinary");
	if (q->rc)
		return q->rc;
	r.sql = q->sql.at;
	fate = lsp_click_http_send(&s->http, &r, out, why);
	if (fate == LSP_CLICK_SHARD && partial) {
		*partial = true;
		lsp_buf_clear(out);
		r.settings = WHOLE "&skip_unavailable_shards=1";
		fate = lsp_click_http_send(&s->http, &r, out, why);
	}
	return lsp_click_errno(fate);
}

int lsp_click_query_rows(struct lsp_click *s, struct lsp_click_query *q,
	int (*each)(void *arg, const struct lsp_click_row *row), void *arg, bool *partial)
{
	struct lsp_click_row row;
	struct lsp_slice data;
	struct lsp_buf out;
	int rc;

	lsp_buf_init(&out, ANSWER_MAX);
	rc = lsp_click_query_bytes(s, q, &out, partial);
	data = (struct lsp_slice){ out.at, out.len };
	while (rc == 0) {
		rc = lsp_click_rows_take(&data, &row);
		if (rc <= 0)
			break;
		rc = each(arg, &row);
	}
	lsp_buf_release(&out);
	return rc;
}
