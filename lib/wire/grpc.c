#include "grpc.h"
#include "otlp_encode.h"
#include "otlp_proto.h"

#include <errno.h>
#include <string.h>

#define DETAILS_BYTES_MAX 4096
#define RETRY_INFO        "type.googleapis.com/google.rpc.RetryInfo"

/* ---- messages -------------------------------------------------------------------------------- */

void lsp_grpc_frame_init(struct lsp_grpc_frame *f, size_t max_bytes)
{
	*f = (struct lsp_grpc_frame){ .n_prefix = 0 };
	lsp_buf_init(&f->message, max_bytes);
}

void lsp_grpc_frame_release(struct lsp_grpc_frame *f)
{
	lsp_buf_release(&f->message);
}

bool lsp_grpc_frame_is_packed(const struct lsp_grpc_frame *f)
{
	return f->n_prefix && f->prefix[0] == 1;
}

/* Takes what belongs to the prefix; judges it as soon as it is whole. */
static int take_prefix(struct lsp_grpc_frame *f, const uint8_t **at, size_t *n)
{
	while (f->n_prefix < LSP_GRPC_PREFIX_BYTES && *n) {
		f->prefix[f->n_prefix++] = *(*at)++;
		(*n)--;
	}
	if (f->n_prefix && f->prefix[0] > 1)
		return -EBADMSG;
	if (f->n_prefix < LSP_GRPC_PREFIX_BYTES)
		return 0;
	f->len = (uint32_t)f->prefix[1] << 24 | (uint32_t)f->prefix[2] << 16 |
		 (uint32_t)f->prefix[3] << 8 | f->prefix[4];
	return f->len > f->message.max ? -E2BIG : 0;
}

int lsp_grpc_frame_add(struct lsp_grpc_frame *f, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	if (f->n_prefix < LSP_GRPC_PREFIX_BYTES) {
		int rc = take_prefix(f, &at, &n);
		if (rc)
			return rc;
	}
	/* The length is the sender's word: memory follows what came. */
	if (n > f->len - f->message.len)
		return -EEXIST;
	return n ? lsp_buf_add(&f->message, at, n) : 0;
}

int lsp_grpc_frame_end(const struct lsp_grpc_frame *f)
{
	if (f->n_prefix == 0)
		return -ENOENT;
	return f->n_prefix == LSP_GRPC_PREFIX_BYTES && f->message.len == f->len ? 0 : -EBADMSG;
}

void lsp_grpc_prefix(uint8_t out[LSP_GRPC_PREFIX_BYTES], uint32_t n)
{
	out[0] = 0;
	out[1] = (uint8_t)(n >> 24);
	out[2] = (uint8_t)(n >> 16);
	out[3] = (uint8_t)(n >> 8);
	out[4] = (uint8_t)n;
}

/* ---- errors ---------------------------------------------------------------------------------- */

int lsp_grpc_add_message(struct lsp_buf *out, const char *text)
{
	int rc = 0;
	for (const unsigned char *p = (const unsigned char *)text; rc == 0 && *p; p++)
		rc = *p >= 0x20 && *p < 0x7f && *p != '%' ? lsp_buf_add(out, p, 1)
							  : lsp_buf_printf(out, "%%%02X", *p);
	return rc;
}

static int add_base64(struct lsp_buf *out, const uint8_t *at, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i += 3) {
		size_t left = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)at[i] << 16 | (left > 1 ? (uint32_t)at[i + 1] << 8 : 0) |
				(left > 2 ? at[i + 2] : 0);
		const char four[4] = { digits[bits >> 18], digits[bits >> 12 & 63],
			digits[bits >> 6 & 63], digits[bits & 63] };
		rc = lsp_buf_add(out, four, left + 1);
	}
	return rc;
}

/* Any{1: type_url, 2: RetryInfo{1: Duration{1: seconds}}} */
static int add_retry_info(struct lsp_buf *status, unsigned retry_s)
{
	struct lsp_buf duration, info, any;
	lsp_buf_init(&duration, DETAILS_BYTES_MAX);
	lsp_buf_init(&info, DETAILS_BYTES_MAX);
	lsp_buf_init(&any, DETAILS_BYTES_MAX);
	int rc = lsp_pb_varint(&duration, 1, retry_s);
	rc = rc ? rc : lsp_pb_bytes(&info, 1, duration.at, duration.len);
	rc = rc ? rc : lsp_pb_bytes(&any, 1, RETRY_INFO, strlen(RETRY_INFO));
	rc = rc ? rc : lsp_pb_bytes(&any, 2, info.at, info.len);
	rc = rc ? rc : lsp_pb_bytes(status, 3, any.at, any.len);
	lsp_buf_release(&any);
	lsp_buf_release(&info);
	lsp_buf_release(&duration);
	return rc;
}

int lsp_grpc_add_retry(
	struct lsp_buf *out, enum lsp_grpc_code code, const char *message, unsigned retry_s)
{
	struct lsp_buf status;
	lsp_buf_init(&status, DETAILS_BYTES_MAX);
	int rc = lsp_otlp_proto_status(&status, (int)code, message);
	rc = rc ? rc : add_retry_info(&status, retry_s);
	rc = rc ? rc : add_base64(out, (const uint8_t *)status.at, status.len);
	lsp_buf_release(&status);
	return rc;
}
