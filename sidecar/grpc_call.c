#include "grpc_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ANSWER_BYTES_MAX (64u * 1024)
#define HEADER_VALUE_MAX 4096
#define ENCODINGS        "identity,gzip,zstd"

void lsp_grpc_fail(
	struct lsp_grpc_call *call, enum lsp_grpc_code code, unsigned retry_s, const char *message)
{
	call->error.code = code;
	call->error.retry_s = retry_s;
	snprintf(call->error.message, sizeof(call->error.message), "%s", message);
}

/* ---- answers --------------------------------------------------------------------------------- */

static nghttp2_nv pair(const char *name, const char *value, size_t n)
{
	return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen(name), n, 0 };
}

static nghttp2_nv text_pair(const char *name, const char *value)
{
	return pair(name, value, strlen(value));
}

/* Prefix and message, then the trailers, which end the stream. */
static ssize_t read_answer(nghttp2_session *h2, int32_t id, uint8_t *to, size_t cap,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct lsp_grpc_stream *st = source->ptr;
	const struct lsp_buf *answer = &st->call->answer;
	size_t n = 0;
	(void)arg;
	while (n < cap && st->n_sent < LSP_GRPC_PREFIX_BYTES)
		to[n++] = st->prefix[st->n_sent++];
	size_t at = st->n_sent - LSP_GRPC_PREFIX_BYTES, left = answer->len - at;
	size_t more = left < cap - n ? left : cap - n;
	if (st->n_sent >= LSP_GRPC_PREFIX_BYTES && more) {
		memcpy(to + n, answer->at + at, more);
		st->n_sent += more;
		n += more;
	}
	if (st->n_sent == LSP_GRPC_PREFIX_BYTES + answer->len) {
		const nghttp2_nv trailer = text_pair("grpc-status", "0");
		*flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (nghttp2_submit_trailer(h2, id, &trailer, 1))
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	return (ssize_t)n;
}

static int answer_well(struct lsp_grpc_stream *st)
{
	const nghttp2_nv head[] = { text_pair(":status", "200"),
		text_pair("content-type", "application/grpc"),
		text_pair("grpc-accept-encoding", ENCODINGS) };
	const nghttp2_data_provider body = { .source.ptr = st, .read_callback = read_answer };
	lsp_grpc_prefix(st->prefix, (uint32_t)st->call->answer.len);
	return nghttp2_submit_response(
		st->session->h2, st->id, head, sizeof(head) / sizeof(head[0]), &body);
}

/* Trailers-Only: one HEADERS frame that ends the stream. */
static int answer_error(struct lsp_grpc_stream *st)
{
	const struct lsp_grpc_call *c = st->call;
	nghttp2_nv head[6] = { text_pair(":status", "200"),
		text_pair("content-type", "application/grpc") };
	struct lsp_buf message, details;
	char status[16];
	size_t n = 2;
	lsp_buf_init(&message, HEADER_VALUE_MAX);
	lsp_buf_init(&details, HEADER_VALUE_MAX);
	snprintf(status, sizeof(status), "%d", (int)c->error.code);
	head[n++] = text_pair("grpc-status", status);
	head[n++] = text_pair("grpc-accept-encoding", ENCODINGS);
	if (lsp_grpc_add_message(&message, c->error.message) == 0 && message.len)
		head[n++] = pair("grpc-message", message.at, message.len);
	if (c->error.retry_s && lsp_grpc_add_retry(&details, c->error.code, c->error.message,
					c->error.retry_s) == 0)
		head[n++] = pair("grpc-status-details-bin", details.at, details.len);
	int rc = nghttp2_submit_response(st->session->h2, st->id, head, n, NULL);
	lsp_buf_release(&details);
	lsp_buf_release(&message);
	return rc;
}

/* What is no gRPC is told so in HTTP. */
static int answer_http(struct lsp_grpc_stream *st, const char *status)
{
	const nghttp2_nv head[] = { text_pair(":status", status), text_pair("grpc-status", "13"),
		text_pair("grpc-message",
			"a gRPC call is a POST with content-type application/grpc") };
	return nghttp2_submit_response(
		st->session->h2, st->id, head, sizeof(head) / sizeof(head[0]), NULL);
}

static void drop_body(struct lsp_grpc_stream *st)
{
	lsp_grpc_frame_release(&st->frame);
	st->session->shared->held_bytes -= st->held_bytes;
	st->held_bytes = 0;
}

void lsp_grpc_stream_answer(struct lsp_grpc_stream *st)
{
	st->is_decided = true;
	drop_body(st);
	if (st->call->error.code ? answer_error(st) : answer_well(st))
		nghttp2_submit_rst_stream(
			st->session->h2, NGHTTP2_FLAG_NONE, st->id, NGHTTP2_INTERNAL_ERROR);
}

static void refuse(struct lsp_grpc_stream *st, enum lsp_serve_counter why, enum lsp_grpc_code code,
	unsigned retry_s, const char *message)
{
	lsp_count(st->session->shared->config->counters, why, 1);
	lsp_grpc_fail(st->call, code, retry_s, message);
	lsp_grpc_stream_answer(st);
}

/* ---- a request's way ------------------------------------------------------------------------- */

struct lsp_grpc_stream *lsp_grpc_stream_new(struct lsp_grpc_session *s, int32_t id)
{
	const struct lsp_grpc_config *config = s->shared->config;
	struct lsp_grpc_stream *st = calloc(1, sizeof(*st));
	struct lsp_grpc_call *c = calloc(1, sizeof(*c));
	if (!st || !c) {
		free(st);
		free(c);
		return NULL;
	}
	*st = (struct lsp_grpc_stream){ .session = s, .id = id, .call = c };
	lsp_grpc_frame_init(&st->frame, config->max_body_bytes);
	c->app = config->app;
	c->server = s->shared->server;
	c->stream = st;
	lsp_buf_init(&c->answer, ANSWER_BYTES_MAX);
	st->next = s->streams;
	st->link = &s->streams;
	if (st->next)
		st->next->link = &st->next;
	s->streams = st;
	return st;
}

void lsp_grpc_call_free(struct lsp_grpc_call *c)
{
	lsp_buf_release(&c->message);
	lsp_buf_release(&c->answer);
	free(c);
}

void lsp_grpc_stream_free(struct lsp_grpc_stream *st)
{
	drop_body(st);
	*st->link = st->next;
	if (st->next)
		st->next->link = st->link;
	st->call->stream = NULL;
	/* One that is in its handler is freed when it comes back. */
	if (!st->call->method)
		lsp_grpc_call_free(st->call);
	free(st);
}

/* "application/grpc", with "+proto" or parameters behind it. */
static bool is_grpc_type(struct lsp_slice type)
{
	static const char base[] = "application/grpc", proto[] = "+proto";
	size_t n = sizeof(base) - 1;
	if (type.len < n || strncasecmp(type.at, base, n) != 0)
		return false;
	if (type.len - n >= sizeof(proto) - 1 &&
		strncasecmp(type.at + n, proto, sizeof(proto) - 1) == 0)
		n += sizeof(proto) - 1;
	return type.len == n || type.at[n] == ';' || type.at[n] == ' ';
}

static bool is_text(struct lsp_slice s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static void take_encoding(struct lsp_grpc_stream *st, struct lsp_slice value)
{
	char name[16];
	snprintf(name, sizeof(name), "%.*s", (int)(value.len < 15 ? value.len : 15), value.at);
	st->is_encoding_unknown = lsp_encoding_parse(&st->encoding, name) != 0;
}

void lsp_grpc_stream_header(
	struct lsp_grpc_stream *st, struct lsp_slice name, struct lsp_slice value)
{
	st->header_bytes += name.len + value.len + 32; /* RFC 9113, 6.5.2 */
	if (st->header_bytes > LSP_GRPC_HEADER_BYTES)
		return;
	if (is_text(name, ":path")) {
		st->is_path_cut = value.len >= sizeof(st->path);
		size_t n = st->is_path_cut ? 0 : value.len;
		memcpy(st->path, value.at, n);
		st->path[n] = 0;
	} else if (is_text(name, ":method")) {
		st->is_post = is_text(value, "POST");
	} else if (is_text(name, "content-type")) {
		st->is_grpc = is_grpc_type(value);
	} else if (is_text(name, "grpc-encoding")) {
		take_encoding(st, value);
	} else if (is_text(name, "authorization") && st->session->shared->config->tokens) {
		st->has_token = lsp_tokens_allow(st->session->shared->config->tokens, value);
	}
}

static const struct lsp_grpc_method *find_method(const struct lsp_grpc_stream *st)
{
	const struct lsp_grpc_config *config = st->session->shared->config;
	for (size_t i = 0; i < config->methods->n; i++)
		if (strcmp(config->methods->at[i].path, st->path) == 0)
			return &config->methods->at[i];
	return NULL;
}

void lsp_grpc_stream_head(struct lsp_grpc_stream *st)
{
	const struct lsp_grpc_config *config = st->session->shared->config;
	const struct lsp_grpc_method *method = find_method(st);
	bool is_open = !config->tokens || (method && method->is_open);
	if (st->header_bytes > LSP_GRPC_HEADER_BYTES) {
		refuse(st, LSP_SERVED_REFUSED_TOO_LARGE, LSP_GRPC_RESOURCE_EXHAUSTED, 0,
			"the headers are too large");
	} else if (!st->is_post || !st->is_grpc) {
		lsp_count(config->counters, LSP_SERVED_REFUSED_TYPE, 1);
		st->is_decided = true;
		(void)answer_http(st, st->is_post ? "415" : "405");
	} else if (!is_open && !st->has_token) {
		refuse(st, LSP_SERVED_REFUSED_TOKEN, LSP_GRPC_UNAUTHENTICATED, 0,
			"this server wants its token: metadata authorization: Bearer TOKEN");
	} else if (!method) {
		refuse(st, LSP_SERVED_REFUSED_TYPE, LSP_GRPC_UNIMPLEMENTED, 0, "no such method");
	} else if (st->is_encoding_unknown) {
		refuse(st, LSP_SERVED_REFUSED_TYPE, LSP_GRPC_UNIMPLEMENTED, 0,
			"grpc-encoding must be gzip, zstd or identity");
	}
}

static void refuse_frame(struct lsp_grpc_stream *st, int rc)
{
	if (rc == -E2BIG)
		refuse(st, LSP_SERVED_REFUSED_TOO_LARGE, LSP_GRPC_RESOURCE_EXHAUSTED, 0,
			"the message is larger than --max-body allows");
	else if (rc == -EEXIST || rc == -ENOENT)
		refuse(st, LSP_SERVED_REFUSED_MALFORMED, LSP_GRPC_UNIMPLEMENTED, 0,
			"the call takes exactly one message");
	else if (rc == -EBADMSG)
		refuse(st, LSP_SERVED_REFUSED_MALFORMED, LSP_GRPC_INTERNAL, 0,
			"the message is cut or its prefix is none");
	else
		refuse(st, LSP_SERVED_REFUSED_FULL, LSP_GRPC_UNAVAILABLE, 1, "no memory");
}

void lsp_grpc_stream_body(struct lsp_grpc_stream *st, const uint8_t *at, size_t n)
{
	struct lsp_grpc_shared *shared = st->session->shared;
	if (st->is_decided)
		return;
	st->held_bytes += n;
	shared->held_bytes += n;
	if (shared->held_bytes > LSP_GRPC_HELD_BYTES_MAX) {
		refuse(st, LSP_SERVED_REFUSED_FULL, LSP_GRPC_UNAVAILABLE, 1,
			"too many requests at once");
		return;
	}
	int rc = lsp_grpc_frame_add(&st->frame, at, n);
	if (rc)
		refuse_frame(st, rc);
}

/* The message, unpacked; false when the call was refused. */
static bool take_message(struct lsp_grpc_stream *st)
{
	struct lsp_grpc_call *c = st->call;
	bool is_packed = lsp_grpc_frame_is_packed(&st->frame);
	if (is_packed && st->encoding == LSP_ENCODING_NONE) {
		refuse(st, LSP_SERVED_REFUSED_MALFORMED, LSP_GRPC_INTERNAL, 0,
			"a compressed message without grpc-encoding");
		return false;
	}
	c->message = st->frame.message;
	lsp_buf_init(&st->frame.message, 0);
	drop_body(st);
	if (!is_packed)
		return true;
	struct lsp_buf plain;
	lsp_buf_init(&plain, st->session->shared->config->max_body_bytes);
	int rc = lsp_unpack(
		&plain, st->encoding, (struct lsp_slice){ c->message.at, c->message.len });
	lsp_buf_release(&c->message);
	c->message = plain;
	if (rc == -E2BIG)
		refuse(st, LSP_SERVED_REFUSED_TOO_LARGE, LSP_GRPC_RESOURCE_EXHAUSTED, 0,
			"the message is larger than --max-body allows after decompression");
	else if (rc == -ENOMEM)
		refuse_frame(st, rc);
	else if (rc)
		refuse(st, LSP_SERVED_REFUSED_MALFORMED, LSP_GRPC_INTERNAL, 0,
			"the compressed message is damaged or cut");
	return rc == 0;
}

void lsp_grpc_stream_end(struct lsp_grpc_stream *st)
{
	struct lsp_grpc_shared *shared = st->session->shared;
	struct lsp_grpc_call *c = st->call;
	if (st->is_decided)
		return;
	int rc = lsp_grpc_frame_end(&st->frame);
	if (rc) {
		refuse_frame(st, rc);
		return;
	}
	if (shared->ending) {
		refuse(st, LSP_SERVED_REFUSED_FULL, LSP_GRPC_UNAVAILABLE, 1,
			"the server is ending");
		return;
	}
	if (!take_message(st))
		return;
	st->is_decided = true;
	/* From here to the answer the call belongs to the handler. */
	c->method = find_method(st);
	shared->in_handlers++;
	if (c->method->handle(c) == LSP_GRPC_LATER)
		return;
	shared->in_handlers--;
	c->method = NULL;
	lsp_grpc_stream_answer(st);
}
