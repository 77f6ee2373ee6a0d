#include "grpc_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES        (64u * 1024)
#define READS_AT_ONCE     16 /* before other connections have their turn */
#define OUT_STEP_BYTES    (16u * 1024) /* small frames are sent together */
#define OUT_BYTES_MAX     (64u * 1024) /* a step and the largest frame */
#define STREAM_WINDOW     (1 << 20)
#define CONNECTION_WINDOW (8 << 20)
#define RESETS_BURST      1000 /* streams that a client takes back; then so many a second */
#define RESETS_PER_SECOND 100
#define ACKS_MAX          256 /* answers to PING and SETTINGS that wait */
#define CONTINUATIONS_MAX 8

/* What an HTTP/1 client hears: most often OTLP/HTTP that was sent to the wrong port. */
static const char not_http1[] = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
				"Connection: close\r\n\r\n"
				"this address speaks gRPC (HTTP/2); OTLP/HTTP has another one: "
				"--otlp-http\n";

/* ---- what nghttp2 tells ---------------------------------------------------------------------- */

static struct lsp_grpc_stream *stream_of(nghttp2_session *h2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h2, id);
}

static int on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	struct lsp_grpc_stream *st = lsp_grpc_stream_new(arg, frame->hd.stream_id);
	if (!st)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	nghttp2_session_set_stream_user_data(h2, frame->hd.stream_id, st);
	return 0;
}

static int on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
	size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *arg)
{
	struct lsp_grpc_stream *st = stream_of(h2, frame->hd.stream_id);
	(void)flags;
	(void)arg;
	if (st && frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		lsp_grpc_stream_header(st, (struct lsp_slice){ (const char *)name, n_name },
			(struct lsp_slice){ (const char *)value, n_value });
	return 0;
}

static int on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	struct lsp_grpc_session *s = arg;
	struct lsp_grpc_stream *st = NULL;
	s->is_greeted = true;
	if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)
		st = stream_of(h2, frame->hd.stream_id);
	if (!st)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		lsp_grpc_stream_head(st);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		lsp_grpc_stream_end(st);
	return 0;
}

static int on_data(
	nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *at, size_t n, void *arg)
{
	struct lsp_grpc_stream *st = stream_of(h2, id);
	(void)flags;
	(void)arg;
	if (st)
		lsp_grpc_stream_body(st, at, n);
	return 0;
}

/* An answer that came before the request's end: the client is told to stop sending. */
static int on_sent(nghttp2_session *h2, const nghttp2_frame *frame, void *arg)
{
	(void)arg;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->hd.flags & NGHTTP2_FLAG_END_STREAM &&
		nghttp2_session_get_stream_remote_close(h2, frame->hd.stream_id) == 0)
		nghttp2_submit_rst_stream(
			h2, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
	return 0;
}

static int on_close(nghttp2_session *h2, int32_t id, uint32_t error, void *arg)
{
	struct lsp_grpc_stream *st = stream_of(h2, id);
	(void)error;
	(void)arg;
	if (st)
		lsp_grpc_stream_free(st);
	return 0;
}

int lsp_grpc_shared_init(struct lsp_grpc_shared *shared)
{
	if (nghttp2_session_callbacks_new(&shared->callbacks) ||
		nghttp2_option_new(&shared->options)) {
		lsp_grpc_shared_release(shared);
		return -ENOMEM;
	}
	nghttp2_session_callbacks *c = shared->callbacks;
	nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(c, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
	nghttp2_session_callbacks_set_on_frame_send_callback(c, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
	nghttp2_option_set_no_closed_streams(shared->options, 1);
	nghttp2_option_set_max_outbound_ack(shared->options, ACKS_MAX);
	nghttp2_option_set_stream_reset_rate_limit(
		shared->options, RESETS_BURST, RESETS_PER_SECOND);
	nghttp2_option_set_max_continuations(shared->options, CONTINUATIONS_MAX);
	return 0;
}

void lsp_grpc_shared_release(struct lsp_grpc_shared *shared)
{
	nghttp2_session_callbacks_del(shared->callbacks);
	nghttp2_option_del(shared->options);
	shared->callbacks = NULL;
	shared->options = NULL;
}

/* ---- a connection ---------------------------------------------------------------------------- */

static int greet(struct lsp_grpc_session *s)
{
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, LSP_GRPC_STREAMS_MAX },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, LSP_GRPC_HEADER_BYTES },
	};
	if (nghttp2_submit_settings(
		    s->h2, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])))
		return -ENOMEM;
	return nghttp2_session_set_local_window_size(s->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW)
		       ? -ENOMEM
		       : 0;
}

int lsp_grpc_session_new(
	struct lsp_grpc_session **ret, struct lsp_grpc_shared *shared, int fd, uint64_t now_ms)
{
	struct lsp_grpc_session *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct lsp_grpc_session){
		.shared = shared, .fd = fd, .began_ms = now_ms, .active_ms = now_ms
	};
	lsp_buf_init(&s->out, OUT_BYTES_MAX);
	if (lsp_grpc_transport_init(s) ||
		nghttp2_session_server_new2(&s->h2, shared->callbacks, s, shared->options) ||
		greet(s)) {
		lsp_grpc_transport_release(s);
		nghttp2_session_del(s->h2);
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void lsp_grpc_session_free(struct lsp_grpc_session *s)
{
	while (s->streams)
		lsp_grpc_stream_free(s->streams);
	nghttp2_session_del(s->h2);
	lsp_grpc_transport_release(s);
	lsp_buf_release(&s->out);
	close(s->fd);
	free(s);
}

/* Frames for the next send; false when the session is broken. */
static bool fill_out(struct lsp_grpc_session *s)
{
	while (s->out.len < OUT_STEP_BYTES) {
		const uint8_t *at;
		ssize_t n = nghttp2_session_mem_send(s->h2, &at);
		if (n < 0 || (n > 0 && lsp_buf_add(&s->out, at, (size_t)n)))
			return false;
		if (n == 0)
			break;
	}
	return true;
}

void lsp_grpc_session_flush(struct lsp_grpc_session *s)
{
	if (s->is_shaking)
		return;
	while (!s->is_dead) {
		if (s->n_out == s->out.len) {
			lsp_buf_clear(&s->out);
			s->n_out = 0;
			if (!fill_out(s))
				s->is_dead = true;
			if (s->out.len == 0)
				break;
		}
		ssize_t n =
			lsp_grpc_transport_write(s, s->out.at + s->n_out, s->out.len - s->n_out);
		if (n == -EAGAIN)
			return;
		if (n < 0 && n != -EINTR)
			s->is_dead = true;
		s->n_out += n > 0 ? (size_t)n : 0;
	}
	if (!nghttp2_session_want_read(s->h2) && !nghttp2_session_want_write(s->h2))
		s->is_dead = true;
}

static void take(struct lsp_grpc_session *s, const uint8_t *at, size_t n)
{
	ssize_t took = nghttp2_session_mem_recv(s->h2, at, n);
	if (took >= 0)
		return;
	if (took == NGHTTP2_ERR_BAD_CLIENT_MAGIC)
		(void)lsp_grpc_transport_write(s, not_http1, sizeof(not_http1) - 1);
	else
		lsp_grpc_session_flush(s); /* the GOAWAY that says why */
	s->is_dead = true;
}

void lsp_grpc_session_read(struct lsp_grpc_session *s, uint64_t now_ms)
{
	static _Thread_local uint8_t bytes[READ_BYTES];
	/* Who does not take its answers is not read: nothing piles up. */
	for (int i = 0; i < READS_AT_ONCE && !s->is_dead && s->n_out == s->out.len; i++) {
		ssize_t n = lsp_grpc_transport_read(s, bytes, sizeof(bytes));
		if (n == -EAGAIN)
			break;
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			s->is_dead = true;
			return;
		}
		s->active_ms = now_ms;
		take(s, bytes, (size_t)n);
		lsp_grpc_session_flush(s);
	}
}

void lsp_grpc_session_go_away(struct lsp_grpc_session *s, bool last)
{
	if (!last)
		nghttp2_submit_shutdown_notice(s->h2);
	else
		nghttp2_submit_goaway(s->h2, NGHTTP2_FLAG_NONE,
			nghttp2_session_get_last_proc_stream_id(s->h2), NGHTTP2_NO_ERROR, NULL, 0);
	lsp_grpc_session_flush(s);
}
