/* Log records with a uid, encoded as senders encode them. */
#ifndef RESENT_FIXTURE_H
#define RESENT_FIXTURE_H

#include "lib/wire/otlp_attrs.h"
#include "lib/wire/otlp_encode.h"

#include <criterion/criterion.h>

/* Adds one; uid NULL: it has none. Memory is the batch's. */
static inline struct lsp_log_row *add_log_with_uid(
	struct lsp_batch *b, const char *uid, const char *text, uint8_t intake)
{
	uint32_t origin;
	struct lsp_buf attrs, message;
	struct lsp_log_row *row;

	cr_assert(lsp_batch_add_origin(b, &origin));
	row = lsp_batch_add_log(b);
	cr_assert(row);
	row->origin = origin;
	row->intake = intake;
	row->time_ns = 1700000000000000000u;
	row->trace_id[0] = row->span_id[0] = 7;
	cr_assert_eq(lsp_batch_copy(b, lsp_slice_of(text), &row->body), 0);
	lsp_buf_init(&attrs, 4096);
	lsp_buf_init(&message, 4096);
	cr_assert_eq(lsp_pb_attr_int(&attrs, LSP_ATTRS_LOG, LSP_SLICE("process.pid"), 7), 0);
	if (uid)
		cr_assert_eq(lsp_pb_attr_string(&attrs, LSP_ATTRS_LOG, LSP_SLICE("log.record.uid"),
				     lsp_slice_of(uid)),
			0);
	cr_assert_eq(lsp_otlp_encode_log(
			     &message, row, (struct lsp_slice){ attrs.at, attrs.len }),
		0);
	cr_assert_eq(lsp_batch_copy(b, (struct lsp_slice){ message.at, message.len },
			     &row->encoded),
		0);
	lsp_buf_release(&attrs);
	lsp_buf_release(&message);
	return row;
}

#endif
