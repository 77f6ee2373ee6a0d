#include "otlp_encode.h"
#include "otlp_proto.h"
#include "pb_reader.h"

#include <stdio.h>

/* Export*ServiceResponse{1: partial_success{1: rejected, 2: error_message}}, empty when all went
 * well. */
int lsp_otlp_proto_response(struct lsp_buf *out, const struct lsp_otlp_result *r)
{
	struct lsp_buf partial;
	int result = 0;

	if (r->rejected == 0 && r->message[0] == 0)
		return 0;
	lsp_buf_init(&partial, 2 * sizeof(r->message));
	if (r->rejected)
		result = lsp_pb_varint(&partial, 1, r->rejected);
	if (result == 0 && r->message[0])
		result = lsp_pb_bytes(&partial, 2, r->message, strlen(r->message));
	if (result == 0)
		result = lsp_pb_bytes(out, 1, partial.at, partial.len);
	lsp_buf_release(&partial);
	return result;
}

/* google.rpc.Status{1: code, 2: message} */
int lsp_otlp_proto_status(struct lsp_buf *out, int grpc_code, const char *message)
{
	int r = lsp_pb_varint(out, 1, (uint64_t)grpc_code);

	return r ? r : lsp_pb_bytes(out, 2, message, strlen(message));
}

/* ---- reading --------------------------------------------------------------------------------- */

static void copy_text(char *ret, size_t cap, struct lsp_slice s)
{
	snprintf(ret, cap, "%.*s", (int)(s.len < cap ? s.len : cap), s.at);
}

int lsp_otlp_proto_parse_response(struct lsp_slice body, struct lsp_otlp_result *ret)
{
	struct lsp_otlp_result result = { 0 };
	struct lsp_pb response = lsp_pb_open(body);
	struct lsp_pb_field f;
	int rc;
	while ((rc = lsp_pb_next(&response, &f)) == 1) {
		if (f.number != 1 || f.wire != LSP_PB_BYTES)
			continue;
		struct lsp_pb partial = lsp_pb_open(f.bytes);
		while ((rc = lsp_pb_next(&partial, &f)) == 1) {
			if (f.number == 1 && f.wire == LSP_PB_VARINT)
				result.rejected = (int64_t)f.value < 0 ? 0 : f.value;
			else if (f.number == 2 && f.wire == LSP_PB_BYTES)
				copy_text(result.message, sizeof(result.message), f.bytes);
		}
		if (rc)
			break;
	}
	if (rc == 0)
		*ret = result;
	return rc;
}

int lsp_otlp_proto_parse_status(struct lsp_slice body, char *ret_message, size_t cap)
{
	struct lsp_pb status = lsp_pb_open(body);
	struct lsp_pb_field f;
	int rc;
	ret_message[0] = 0;
	while ((rc = lsp_pb_next(&status, &f)) == 1)
		if (f.number == 2 && f.wire == LSP_PB_BYTES)
			copy_text(ret_message, cap, f.bytes);
	return rc;
}
