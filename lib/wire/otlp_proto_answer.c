#include "otlp_encode.h"
#include "otlp_proto.h"

/* Export*ServiceResponse{1: partial_success{1: rejected, 2: error_message}}, empty when all went
 * well. */
int lsp_otlp_proto_response(struct lsp_buf *out, const struct lsp_otlp_result *r)
{
	struct lsp_buf partial;
	int result = 0;

	if (r->rejected == 0 && r->message[0] == 0)
		return 0;
	lsp_buf_init(&partial, 1024);
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
