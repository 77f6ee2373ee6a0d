/* gRPC: one call after the other on one HTTP/2 connection. */
#include "load.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct link {
	int fd;
	const char *path;
	nghttp2_session *session;
	const struct body *body;
	size_t sent; /* the five bytes of the prefix counted */
	int status; /* grpc-status */
	bool done;
};

static ssize_t read_body(nghttp2_session *s, int32_t stream, uint8_t *out, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct link *l = source->ptr;
	size_t n = 0, left;

	(void)s, (void)stream, (void)arg;
	if (l->sent == 0) {
		uint32_t len = __builtin_bswap32((uint32_t)l->body->len);

		out[0] = 0;
		memcpy(out + 1, &len, 4);
		n = l->sent = 5;
	}
	left = l->body->len + 5 - l->sent;
	if (left > room - n)
		left = room - n;
	memcpy(out + n, l->body->at + l->sent - 5, left);
	l->sent += left;
	if (l->sent == l->body->len + 5)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)(n + left);
}

static int on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
	struct link *l = arg;

	(void)s, (void)frame, (void)flags, (void)value_len;
	if (name_len == 11 && memcmp(name, "grpc-status", 11) == 0)
		l->status = atoi((const char *)value);
	return 0;
}

static int on_close(nghttp2_session *s, int32_t stream, uint32_t error, void *arg)
{
	struct link *l = arg;

	(void)s, (void)stream, (void)error;
	l->done = true;
	return 0;
}

static ssize_t on_send(nghttp2_session *s, const uint8_t *at, size_t n, int flags, void *arg)
{
	struct link *l = arg;
	ssize_t sent = send(l->fd, at, n, MSG_NOSIGNAL);

	(void)s, (void)flags;
	return sent > 0 ? sent : NGHTTP2_ERR_CALLBACK_FAILURE;
}

struct link *grpc_open(int port, const char *path)
{
	struct link *l = calloc(1, sizeof(*l));
	nghttp2_session_callbacks *calls;

	*l = (struct link){ .fd = dial(port), .path = path };
	if (l->fd < 0) {
		free(l);
		return NULL;
	}
	nghttp2_session_callbacks_new(&calls);
	nghttp2_session_callbacks_set_send_callback(calls, on_send);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	nghttp2_session_client_new(&l->session, calls, l);
	nghttp2_session_callbacks_del(calls);
	nghttp2_submit_settings(l->session, NGHTTP2_FLAG_NONE, NULL, 0);
	return l;
}

#define HEADER(name, value)                                                                        \
	{                                                                                          \
		(uint8_t *)(name), (uint8_t *)(value), strlen(name), strlen(value), 0              \
	}

int grpc_send(struct link *l, const struct body *b)
{
	nghttp2_nv head[] = { HEADER(":method", "POST"), HEADER(":scheme", "http"),
		HEADER(":path", l->path), HEADER(":authority", "127.0.0.1"),
		HEADER("te", "trailers"), HEADER("content-type", "application/grpc") };
	nghttp2_data_provider data = { .source.ptr = l, .read_callback = read_body };
	uint8_t in[16384];

	l->body = b;
	l->sent = 0;
	l->status = -1;
	l->done = false;
	nghttp2_submit_request(l->session, NULL, head, sizeof(head) / sizeof(head[0]), &data, NULL);
	while (!l->done) {
		ssize_t n;

		if (nghttp2_session_send(l->session))
			return -1;
		if (l->done)
			break;
		n = recv(l->fd, in, sizeof(in), 0);
		if (n <= 0 || nghttp2_session_mem_recv(l->session, in, (size_t)n) < 0)
			return -1;
	}
	return l->status == 0 ? 0 : l->status > 0 ? 1 : -1;
}
