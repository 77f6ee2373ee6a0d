/* Heads: a start line of three words, then lines of "name: value", then an empty line. */
#include "http_message.h"

#include <string.h>

enum step {
	STEP_START,
	STEP_METHOD,
	STEP_TARGET,
	STEP_REST,
	STEP_LINE,
	STEP_NAME,
	STEP_BEFORE,
	STEP_VALUE,
	STEP_SKIP,
	STEP_END
};

static const struct {
	const char *name;
	size_t len;
} headers[] = {
#define X(id, name) { name, sizeof(name) - 1 },
	LSP_HTTP_HEADER_TABLE(X)
#undef X
};

void lsp_http_head_reset(struct lsp_http_head *h)
{
	memset(h, 0, offsetof(struct lsp_http_head, value_at));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The characters of a token (RFC 9110 5.6.2), a bit each. */
static bool is_token(char c)
{
	static const uint64_t tokens[4] = { 0x3ff6cfa00000000, 0x57ffffffc7fffffe };
	uint8_t u = (uint8_t)c;

	return tokens[u >> 6] >> (u & 63) & 1;
}

static int find_header(const struct lsp_http_head *h)
{
	for (int i = 0; i < LSP_HTTP_HEADER_N; i++)
		if (headers[i].len == h->name_at &&
			memcmp(headers[i].name, h->name, h->name_at) == 0)
			return i;
	return LSP_HTTP_HEADER_N;
}

static void bad(struct lsp_http_head *h)
{
	h->state = LSP_HTTP_BAD;
}

/* The start line: method, target, and what is behind them, which must be HTTP/1.x (or, of a
 * response, anything: its version stood first). */
static void start_line(struct lsp_http_head *h, char c)
{
	switch (h->step) {
	case STEP_START:
		if (c == '\r' || c == '\n')
			return; /* RFC 9112 2.2: empty lines before a request are ignored */
		h->step = STEP_METHOD;
		/* fall through */
	case STEP_METHOD:
		if (c == ' ' && h->method_bytes > 0)
			h->step = STEP_TARGET;
		else if ((is_token(c) || c == '/') && h->method_bytes < LSP_HTTP_METHOD_BYTES)
			h->method[h->method_bytes++] = c;
		else
			bad(h);
		return;
	case STEP_TARGET:
		if (c == ' ' || c == '\r' || c == '\n') {
			h->step = c == '\n' ? STEP_LINE : STEP_REST;
			h->name_at = 0;
			if (h->target_bytes == 0 || (c != ' ' && !lsp_http_status(h)))
				bad(h);
		} else if ((unsigned char)c < 0x20 || c == 0x7f) {
			bad(h);
		} else if (h->target_bytes < LSP_HTTP_TARGET_BYTES) {
			h->target[h->target_bytes++] = c;
		}
		return;
	default: /* STEP_REST: "HTTP/1.1" is collected in `name` */
		if (c == '\n') {
			h->step = STEP_LINE;
			if (!lsp_http_status(h) &&
				(h->name_at != 8 || memcmp(h->name, "HTTP/1.", 7) != 0))
				bad(h);
		} else if (c != '\r' && h->name_at < sizeof(h->name)) {
			h->name[h->name_at++] = c;
		}
	}
}

static void keep_value(struct lsp_http_head *h, const char *bytes, size_t taken)
{
	uint16_t *have = &h->value_bytes[h->header];
	size_t room = LSP_HTTP_VALUE_BYTES - *have;

	if (room > LSP_HTTP_TEXT_BYTES - (size_t)h->text_bytes)
		room = LSP_HTTP_TEXT_BYTES - (size_t)h->text_bytes;
	if (taken > room)
		h->too_long |= 1u << h->header;
	else
		room = taken;
	memcpy(h->text + h->text_bytes, bytes, room);
	h->text_bytes = (uint16_t)(h->text_bytes + room);
	*have = (uint16_t)(*have + room);
}

static size_t value_run(struct lsp_http_head *h, const char *bytes, size_t n)
{
	const char *end = memchr(bytes, '\n', n);
	size_t taken = end ? (size_t)(end - bytes) : n;

	end = memchr(bytes, '\r', taken);
	taken = end ? (size_t)(end - bytes) : taken;
	keep_value(h, bytes, taken);
	return taken;
}

static void end_value(struct lsp_http_head *h)
{
	uint16_t *n = &h->value_bytes[h->header];

	const char *value = lsp_http_value(h, h->header);

	while (*n > 0 && (value[*n - 1] == ' ' || value[*n - 1] == '\t'))
		--*n;
	h->step = STEP_LINE;
}

static void begin_value(struct lsp_http_head *h)
{
	h->header = (uint8_t)find_header(h);
	h->step = h->header == LSP_HTTP_HEADER_N ? STEP_SKIP : STEP_BEFORE;
	if (h->header < LSP_HTTP_HEADER_N && h->value_bytes[h->header]) {
		h->too_long |= 1u << h->header; /* twice: neither counts */
		h->step = STEP_SKIP;
	} else if (h->header < LSP_HTTP_HEADER_N) {
		h->value_at[h->header] = h->text_bytes;
	}
}

static void header_line(struct lsp_http_head *h, char c)
{
	switch (h->step) {
	case STEP_LINE:
		if (c == '\n') {
			h->state = LSP_HTTP_DONE;
		} else if (c == '\r') {
			h->step = STEP_END;
		} else if (c == ' ' || c == '\t') {
			h->step = STEP_SKIP; /* a folded line: obsolete, and of no header of ours */
		} else if (is_token(c)) {
			h->name_at = 0;
			h->name[h->name_at++] = lower(c);
			h->step = STEP_NAME;
		} else {
			bad(h);
		}
		return;
	case STEP_NAME:
		if (c == ':')
			begin_value(h);
		else if (!is_token(c))
			bad(h);
		else if (h->name_at < sizeof(h->name))
			h->name[h->name_at++] = lower(c);
		return;
	case STEP_BEFORE:
	case STEP_VALUE:
		if (c == '\n')
			end_value(h);
		else if (h->step == STEP_BEFORE && c != '\r' && c != ' ' && c != '\t') {
			h->step = STEP_VALUE;
			value_run(h, &c, 1);
		}
		return;
	case STEP_SKIP:
		if (c == '\n')
			h->step = STEP_LINE;
		return;
	default: /* STEP_END */
		h->state = c == '\n' ? LSP_HTTP_DONE : LSP_HTTP_BAD;
	}
}

static bool in_target(char c)
{
	return (unsigned char)c > 0x20 && c != 0x7f;
}

static size_t target_run(struct lsp_http_head *h, const char *bytes, size_t n)
{
	size_t room = LSP_HTTP_TARGET_BYTES - h->target_bytes, i = 0;

	while (i < n && in_target(bytes[i]))
		i++;
	room = i < room ? i : room;
	memcpy(h->target + h->target_bytes, bytes, room);
	h->target_bytes = (uint16_t)(h->target_bytes + room);
	return i;
}

static size_t name_run(struct lsp_http_head *h, const char *bytes, size_t n)
{
	size_t at = h->name_at, i = 0;

	for (; i < n && is_token(bytes[i]); i++)
		if (at < sizeof(h->name))
			h->name[at++] = lower(bytes[i]);
	h->name_at = (uint8_t)at;
	return i;
}

/* Takes what leaves the step as it is: most of a head, without a look at the step for each byte. */
static size_t run(struct lsp_http_head *h, const char *bytes, size_t n)
{
	const char *end;

	switch (h->step) {
	case STEP_TARGET:
		return target_run(h, bytes, n);
	case STEP_NAME:
		return name_run(h, bytes, n);
	case STEP_VALUE:
		return value_run(h, bytes, n);
	case STEP_SKIP:
		end = memchr(bytes, '\n', n);
		return end ? (size_t)(end - bytes) : n;
	default:
		return 0;
	}
}

/* True when a header of that length and first letter may be one of ours. */
static inline bool may_be_kept(char first, size_t length)
{
#define X(id, name) | 1ull << (sizeof(name) - 1)
	const uint64_t lengths = 0 LSP_HTTP_HEADER_TABLE(X);
#undef X
#define X(id, name) | 1u << ((name)[0] & 31)
	const uint32_t letters = 0 LSP_HTTP_HEADER_TABLE(X);
#undef X

	return length < LSP_HTTP_NAME_BYTES && lengths >> length & 1 && letters >> (first & 31) & 1;
}

/* A line that is there from its first byte to its newline, and is like most. Returns how many bytes
 * it has, 0 when it is to be read the long way. */
static size_t whole_line(struct lsp_http_head *h, const char *bytes, size_t n)
{
	const char *newline = memchr(bytes, '\n', n);
	size_t len = newline ? (size_t)(newline - bytes) : 0, at = 0, end;

	while (at < len && is_token(bytes[at]))
		at++;
	if (at == 0 || at == len || bytes[at] != ':')
		return 0;
	if (!may_be_kept(bytes[0], at))
		return len + 1;
	end = bytes[len - 1] == '\r' ? len - 1 : len;
	if (memchr(bytes + at, '\r', end - at))
		return 0;
	h->name_at = (uint8_t)at;
	for (size_t i = 0; i < at; i++)
		h->name[i] = lower(bytes[i]);
	begin_value(h);
	if (h->step == STEP_BEFORE) {
		for (at++; at < end && (bytes[at] == ' ' || bytes[at] == '\t');)
			at++;
		if (at < end)
			keep_value(h, bytes + at, end - at);
		end_value(h);
	}
	h->step = STEP_LINE;
	return len + 1;
}

size_t lsp_http_head_feed(struct lsp_http_head *h, const char *bytes, size_t n)
{
	size_t i = 0;

	if (h->state != LSP_HTTP_MORE)
		return 0;
	if (n > LSP_HTTP_HEAD_MAX + 1 - h->seen)
		n = LSP_HTTP_HEAD_MAX + 1 - h->seen;
	while (i < n && h->state == LSP_HTTP_MORE) {
		size_t took = h->step == STEP_LINE ? whole_line(h, bytes + i, n - i)
						   : run(h, bytes + i, n - i);

		i += took;
		if (i == n)
			break;
		if (h->step == STEP_LINE && took)
			continue;
		if (h->step < STEP_LINE)
			start_line(h, bytes[i]);
		else
			header_line(h, bytes[i]);
		i++;
	}
	h->seen += (uint32_t)i;
	if (h->seen > LSP_HTTP_HEAD_MAX)
		bad(h);
	return i;
}

bool lsp_http_is_request(const struct lsp_http_head *h)
{
	return h->state == LSP_HTTP_DONE && memchr(h->method, '/', h->method_bytes) == NULL;
}

unsigned lsp_http_status(const struct lsp_http_head *h)
{
	unsigned status = 0;

	if (h->method_bytes != 8 || memcmp(h->method, "HTTP/1.", 7) != 0 || h->target_bytes != 3)
		return 0;
	for (int i = 0; i < 3; i++) {
		if (h->target[i] < '0' || h->target[i] > '9')
			return 0;
		status = status * 10 + (unsigned)(h->target[i] - '0');
	}
	return status >= 100 ? status : 0;
}
