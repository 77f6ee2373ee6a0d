/* A client that speaks HTTP/2 frame by frame, rightly or wrongly, for tests of the gRPC server. */
#ifndef TEST_H2_CLIENT_H
#define TEST_H2_CLIENT_H

#include "sidecar/address.h"

#include <criterion/criterion.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define H2_WAIT_MS 5000

enum { DATA = 0, HEADERS = 1, RST = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, WINDOW = 8 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

struct h2 {
	int fd;
	nghttp2_hd_inflater *inflater;
};

struct h2_frame {
	int type, flags;
	uint32_t id, len;
	uint8_t payload[1 << 16];
	char text[4096]; /* of HEADERS: "name: value\n"… */
};

static inline uint32_t h2_number(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline bool h2_write(struct h2 *c, const void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t sent = send(c->fd, (const char *)bytes + at, n - at, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += (size_t)sent;
	}
	return true;
}

/* False when the server has closed the connection. */
static inline bool h2_send(
	struct h2 *c, int type, int flags, uint32_t id, const void *payload, size_t n)
{
	uint8_t head[9] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, (uint8_t)type,
		(uint8_t)flags, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
		(uint8_t)id };
	return h2_write(c, head, sizeof(head)) && h2_write(c, payload, n);
}

static inline struct h2 h2_connect_raw(const struct lsp_address *a)
{
	struct h2 c = { .fd = socket(a->any.sa_family, SOCK_STREAM, 0) };
	cr_assert_eq(connect(c.fd, &a->any, a->len), 0);
	cr_assert_eq(nghttp2_hd_inflate_new(&c.inflater), 0);
	return c;
}

/* With the preface and these SETTINGS. */
static inline struct h2 h2_connect(const struct lsp_address *a, const void *settings, size_t n)
{
	struct h2 c = h2_connect_raw(a);
	h2_write(&c, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
	h2_send(&c, SETTINGS, 0, 0, settings, n);
	return c;
}

static inline void h2_close(struct h2 *c)
{
	close(c->fd);
	nghttp2_hd_inflate_del(c->inflater);
}

static inline bool h2_read(struct h2 *c, void *to, size_t n)
{
	for (size_t at = 0; at < n;) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		if (poll(&p, 1, H2_WAIT_MS) != 1)
			return false;
		ssize_t got = recv(c->fd, (char *)to + at, n - at, 0);
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

static inline void h2_inflate(struct h2 *c, struct h2_frame *f)
{
	size_t at = 0, n = 0;
	f->text[0] = 0;
	for (int flags = 0; !(flags & NGHTTP2_HD_INFLATE_FINAL);) {
		nghttp2_nv nv;
		ssize_t took = nghttp2_hd_inflate_hd2(
			c->inflater, &nv, &flags, f->payload + at, f->len - at, 1);
		cr_assert_geq(took, 0);
		at += (size_t)took;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			n += (size_t)snprintf(f->text + n, sizeof(f->text) - n, "%s: %s\n",
				(char *)nv.name, (char *)nv.value);
	}
	nghttp2_hd_inflate_end_headers(c->inflater);
}

/* The next frame; false when the connection is closed, or nothing came for a while. */
static inline bool h2_next(struct h2 *c, struct h2_frame *f)
{
	uint8_t head[9];
	if (!h2_read(c, head, sizeof(head)))
		return false;
	f->len = (uint32_t)head[0] << 16 | (uint32_t)head[1] << 8 | head[2];
	f->type = head[3];
	f->flags = head[4];
	f->id = h2_number(head + 5) & 0x7fffffff;
	if (f->len > sizeof(f->payload) || !h2_read(c, f->payload, f->len))
		return false;
	if (f->type == HEADERS)
		h2_inflate(c, f);
	return true;
}

/* The next frame of a type. */
static inline bool h2_await(struct h2 *c, int type, struct h2_frame *f)
{
	while (h2_next(c, f))
		if (f->type == type && !(type == SETTINGS && f->flags & ACK))
			return true;
	return false;
}

/* Header fields, literally: "name", "value", …, NULL. */
static inline size_t h2_fields(uint8_t *out, const char *const *fields)
{
	uint8_t *at = out;
	for (; fields[0]; fields += 2) {
		size_t n[2] = { strlen(fields[0]), strlen(fields[1]) };
		*at++ = 0;
		for (int i = 0; i < 2; i++) {
			if (n[i] < 127) {
				*at++ = (uint8_t)n[i];
			} else {
				size_t rest = n[i] - 127;
				*at++ = 127;
				for (; rest > 127; rest >>= 7)
					*at++ = (uint8_t)((rest & 127) | 128);
				*at++ = (uint8_t)rest;
			}
			memcpy(at, fields[i], n[i]);
			at += n[i];
		}
	}
	return (size_t)(at - out);
}

/* The head of a call; name and value are one field more, or NULL. */
static inline void h2_call(
	struct h2 *c, uint32_t id, int flags, const char *path, const char *name, const char *value)
{
	uint8_t block[1024];
	const char *fields[] = { ":method", "POST", ":scheme", "http", ":path", path, ":authority",
		"localhost", "content-type", "application/grpc", "te", "trailers", name, value,
		NULL };
	h2_send(c, HEADERS, flags | END_HEADERS, id, block, h2_fields(block, fields));
}

static inline void h2_body(struct h2 *c, uint32_t id, const char *bytes, size_t n)
{
	h2_send(c, DATA, END_STREAM, id, bytes, n);
}

/* True when the text of HEADERS has this line. */
static inline bool h2_has(const struct h2_frame *f, const char *line)
{
	size_t n = strlen(line);
	for (const char *p = f->text; (p = strstr(p, line)); p++)
		if ((p == f->text || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

#endif
