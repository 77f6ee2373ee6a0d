/* Rows of `linespan_rows` in ClickHouse's RowBinary: what the disk queue holds, what is inserted,
 * and what a query answers. */
#ifndef LSP_STORE_CLICK_ROWS_H
#define LSP_STORE_CLICK_ROWS_H

#include "../../model/batch.h"
#include "../../model/buf.h"
#include "../../model/trace.h"

enum lsp_click_signal { LSP_CLICK_SPAN, LSP_CLICK_LOG };

#define LSP_CLICK_COLUMNS                                                                          \
	"Row, Signal, TraceHigh, TraceLow, SpanId, ParentId, Time, End, Kind, Status, Intake, "    \
	"Pid, Tid, Service, Text, Encoded, Resource, Scope"
/* The same without what only a person wants to see. */
#define LSP_CLICK_COLUMNS_BARE                                                                     \
	"Row, Signal, TraceHigh, TraceLow, SpanId, ParentId, Time, End, Kind, Status, Intake, "    \
	"Pid, Tid, Service, Text, '', '', ''"

struct lsp_click_row {
	uint64_t row; /* unique; grows with time of arrival (ns) */
	uint8_t signal;
	uint64_t trace_high, trace_low, span_id, parent_id;
	uint64_t time_ns, end_ns;
	uint8_t kind; /* a log's severity */
	uint8_t status; /* a log's context source */
	uint8_t intake;
	uint32_t pid, tid;
	struct lsp_slice service, text, encoded, resource, scope;
};

/* Appends all rows of a batch; numbers them from *row on, which is left behind the last one.
 * Returns 0, -E2BIG, -ENOMEM. */
int lsp_click_rows_put(
	struct lsp_buf *out, const struct lsp_batch *b, uint64_t *row, uint64_t row_step);
/* Takes one row off the front of data. Returns 1, 0 at the end, -EBADMSG. Slices point into it. */
int lsp_click_rows_take(struct lsp_slice *data, struct lsp_click_row *ret);

/* Fill an added span or log. Return 0 or -ENOMEM. */
int lsp_click_row_to_span(const struct lsp_click_row *r, struct lsp_span *s);
int lsp_click_row_to_log(const struct lsp_click_row *r, struct lsp_log *l);
/* The id as 16 bytes. */
void lsp_click_row_trace_id(const struct lsp_click_row *r, uint8_t out[LSP_TRACE_ID_BYTES]);
void lsp_click_put_id(uint8_t *out, uint64_t id);

/* RowBinary's pieces. */
int lsp_click_put_varint(struct lsp_buf *out, uint64_t value);
int lsp_click_put_text(struct lsp_buf *out, struct lsp_slice s);
bool lsp_click_take_u64(struct lsp_slice *data, uint64_t *ret);
bool lsp_click_take_text(struct lsp_slice *data, struct lsp_slice *ret);

#endif
