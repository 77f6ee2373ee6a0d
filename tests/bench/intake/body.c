/* Requests like those of web services: spans with ten attributes, log records of 185 bytes. */
#include "load.h"

#include "lib/wire/otlp_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BODY_BYTES_MAX (64u * 1024 * 1024)
#define LOG_BYTES      185
#define ATTRIBUTES     10

/* What stands for ids and times until body_renew(): as bytes, and in JSON. */
#define HEX_ID     "fe4d61726b6572fe"
#define JSON_TIME  "1763933400111222333"
#define FIXED_TIME 0xfe656d69546572feull
static const char marker[8] = { '\xfe', 'M', 'a', 'r', 'k', 'e', 'r', '\xfe' };

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

void load_trace_id(uint64_t number, uint8_t id[16])
{
	uint64_t words[2] = { mix(number * 2 + 1), mix(number * 2 + 2) };

	memcpy(id, words, sizeof(words));
}

static const char *const keys[ATTRIBUTES] = { "http.request.method", "url.path",
	"http.response.status_code", "server.address", "server.port", "user_agent.original",
	"client.address", "network.protocol.version", "http.route", "code.function.name" };

static void value_of(size_t row, int attribute, char out[64])
{
	static const char *const texts[ATTRIBUTES] = { "GET", "/api/v2/orders/%zu/items", "200",
		"orders-%zu.shop.svc.cluster.local", "8443", "shop-client/3.2.1 (linux; %zu)",
		"10.12.%zu.7", "1.1", "/api/v2/orders/{id}/items", "orders::list_items" };

	snprintf(out, 64, texts[attribute], (size_t)(mix(row) % 250));
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void put_span(struct lsp_buf *out, size_t row)
{
	struct lsp_span_row s = { .start_ns = FIXED_TIME,
		.end_ns = FIXED_TIME,
		.kind = LSP_KIND_SERVER,
		.name = LSP_SLICE("GET /api/v2/orders/{id}/items") };
	struct lsp_buf attrs, span;
	char value[64];

	lsp_buf_init(&attrs, 65536);
	lsp_buf_init(&span, 65536);
	memcpy(s.trace_id, marker, 8);
	memcpy(s.trace_id + 8, marker, 8);
	memcpy(s.span_id, marker, 8);
	memcpy(s.parent_span_id, "parent!!", 8);
	for (int i = 0; i < ATTRIBUTES; i++) {
		value_of(row, i, value);
		lsp_pb_attr_string(&attrs, 9, lsp_slice_of(keys[i]), lsp_slice_of(value));
	}
	lsp_otlp_encode_span(&span, &s, (struct lsp_slice){ attrs.at, attrs.len }, LSP_SLICE(""));
	lsp_pb_bytes(out, 2, span.at, span.len);
	lsp_buf_release(&attrs);
	lsp_buf_release(&span);
}

static void log_text(size_t row, char out[LOG_BYTES + 1])
{
	uint64_t h = mix(row + 77);
	int n = snprintf(out, LOG_BYTES + 1,
		"%s order %llu of customer %llu: %llu items reserved in store %llu, took %llu ms; "
		"session %08llx, next step is payment by card, attempt 1 of 3, currency EUR, "
		"region eu-central-%llu, node ",
		h % 50 ? "INFO" : "WARN", (unsigned long long)(h % 10000000),
		(unsigned long long)(h >> 8) % 100000, (unsigned long long)(h >> 16) % 20,
		(unsigned long long)(h >> 20) % 40, (unsigned long long)(h >> 24) % 900,
		(unsigned long long)(h >> 32), (unsigned long long)(h >> 11) % 3);

	for (; n < LOG_BYTES; n++)
		out[n] = "abcdefghijklmnop"[h >> n % 60 & 15];
	out[LOG_BYTES] = 0;
}

static void put_log(struct lsp_buf *out, size_t row)
{
	char text[LOG_BYTES + 1];
	struct lsp_log_row l = { .time_ns = FIXED_TIME, .severity = 9 };
	struct lsp_buf log;

	log_text(row, text);
	l.body = lsp_slice_of(text);
	memcpy(l.trace_id, marker, 8);
	memcpy(l.trace_id + 8, marker, 8);
	memcpy(l.span_id, marker, 8);
	lsp_buf_init(&log, 65536);
	lsp_otlp_encode_log(&log, &l, LSP_SLICE(""));
	lsp_pb_bytes(out, 2, log.at, log.len);
	lsp_buf_release(&log);
}

static void put_json_span(struct lsp_buf *out, size_t row)
{
	char value[64];

	lsp_buf_printf(out,
		"%s{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"0102030405060708\","
		"\"name\":\"GET /api/v2/orders/{id}/items\",\"kind\":2,"
		"\"startTimeUnixNano\":\"" JSON_TIME "\",\"endTimeUnixNano\":\"" JSON_TIME
		"\",\"attributes\":[",
		row ? "," : "", HEX_ID HEX_ID, HEX_ID);
	for (int i = 0; i < ATTRIBUTES; i++) {
		value_of(row, i, value);
		lsp_buf_printf(out, "%s{\"key\":\"%s\",\"value\":{\"stringValue\":\"%s\"}}",
			i ? "," : "", keys[i], value);
	}
	lsp_buf_add_text(out, "]}");
}

static size_t find(const struct body *b, size_t *at, const void *what, size_t n)
{
	const char *found = memmem(b->at + *at, b->len - *at, what, n);

	if (!found)
		abort();
	*at = (size_t)(found - b->at) + n;
	return (size_t)(found - b->at);
}

/* Encodings write ids before times, but for the time of a log record. */
static void find_places(struct body *b, bool logs)
{
	uint64_t fixed = FIXED_TIME;
	size_t at = 0;

	b->places = calloc(b->rows, sizeof(*b->places));
	for (size_t row = 0; row < b->rows; row++) {
		struct body_row *p = &b->places[row];

		if (logs)
			p->start = find(b, &at, &fixed, sizeof(fixed));
		p->trace_id = b->hex ? find(b, &at, HEX_ID HEX_ID, 32) : find(b, &at, marker, 8);
		at += b->hex ? 0 : 8;
		p->span_id = b->hex ? find(b, &at, HEX_ID, 16) : find(b, &at, marker, 8);
		if (logs)
			continue;
		p->start = b->hex ? find(b, &at, JSON_TIME, 19) : find(b, &at, &fixed, 8);
		p->end = b->hex ? find(b, &at, JSON_TIME, 19) : find(b, &at, &fixed, 8);
	}
}

struct body body_make(enum load_body kind, size_t rows)
{
	static void (*const put[])(struct lsp_buf *, size_t) = { put_span, put_log, put_json_span };
	struct body b = { .rows = rows, .hex = kind == LOAD_JSON_SPANS };
	struct lsp_buf scope, resource, all;

	lsp_buf_init(&scope, BODY_BYTES_MAX);
	lsp_buf_init(&resource, BODY_BYTES_MAX);
	lsp_buf_init(&all, BODY_BYTES_MAX);
	if (b.hex)
		lsp_buf_add_text(&all, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{"
				       "\"key\":\"service.name\",\"value\":{\"stringValue\":"
				       "\"orders\"}}]},\"scopeSpans\":[{\"spans\":[");
	for (size_t row = 0; row < rows; row++)
		put[kind](b.hex ? &all : &scope, row);
	if (b.hex) {
		lsp_buf_add_text(&all, "]}]}]}");
	} else {
		lsp_pb_attr_string(&resource, 1, LSP_SLICE("service.name"), LSP_SLICE("orders"));
		struct lsp_buf outer;

		lsp_buf_init(&outer, BODY_BYTES_MAX);
		lsp_pb_bytes(&outer, 1, resource.at, resource.len);
		lsp_pb_bytes(&outer, 2, scope.at, scope.len);
		lsp_pb_bytes(&all, 1, outer.at, outer.len);
		lsp_buf_release(&outer);
	}
	lsp_buf_release(&scope);
	lsp_buf_release(&resource);
	b.at = all.at;
	b.len = all.len;
	find_places(&b, kind == LOAD_LOGS);
	return b;
}

struct body body_copy(const struct body *b)
{
	struct body copy = *b;

	copy.at = malloc(b->len);
	memcpy(copy.at, b->at, b->len);
	return copy;
}

static void put_id(const struct body *b, size_t at, const uint8_t *id, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (!b->hex) {
		memcpy(b->at + at, id, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		b->at[at + 2 * i] = digits[id[i] >> 4];
		b->at[at + 2 * i + 1] = digits[id[i] & 15];
	}
}

static void put_time(const struct body *b, size_t at, uint64_t ns)
{
	char digits[24];

	if (!b->hex) {
		memcpy(b->at + at, &ns, sizeof(ns));
		return;
	}
	snprintf(digits, sizeof(digits), "%019llu", (unsigned long long)ns);
	memcpy(b->at + at, digits, 19);
}

void body_renew(struct body *b, uint64_t first_trace)
{
	uint64_t now = now_ns();
	uint8_t trace[16];

	for (size_t row = 0; row < b->rows; row++) {
		const struct body_row *p = &b->places[row];
		uint64_t span = mix(first_trace * ROWS_PER_TRACE + row + 1);

		if (row % ROWS_PER_TRACE == 0)
			load_trace_id(first_trace + row / ROWS_PER_TRACE, trace);
		put_id(b, p->trace_id, trace, 16);
		put_id(b, p->span_id, (const uint8_t *)&span, 8);
		put_time(b, p->start, now + row * 1000);
		if (p->end)
			put_time(b, p->end, now + row * 1000 + 1500000);
	}
}
