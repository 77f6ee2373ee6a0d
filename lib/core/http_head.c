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
	memset(h, 0, offsetof(struct lsp_http_head, name));
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
	       (c && memchr("!#$%&'*+-.^_`|~", c, 15));
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

static void value_char(struct lsp_http_head *h, char c)
{
	uint16_t *n = &h->value_bytes[h->header];

	if (*n == LSP_HTTP_VALUE_BYTES || h->text_bytes == LSP_HTTP_TEXT_BYTES) {
		h->too_long |= 1u << h->header;
		return;
	}
	h->text[h->text_bytes++] = c;
	(*n)++;
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
		else if (c != '\r' && (h->step == STEP_VALUE || (c != ' ' && c != '\t'))) {
			h->step = STEP_VALUE;
			value_char(h, c);
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

size_t lsp_http_head_feed(struct lsp_http_head *h, const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n && h->state == LSP_HTTP_MORE) {
		/* Long values of headers that nobody asks for are skipped quickly. */
		if (h->step == STEP_SKIP) {
			const char *end = memchr(bytes + i, '\n', n - i);
			size_t skip = end ? (size_t)(end - bytes) - i : n - i;

			i += skip;
			h->seen += (uint32_t)skip;
			if (i == n)
				break;
		}
		if (h->step < STEP_LINE)
			start_line(h, bytes[i]);
		else
			header_line(h, bytes[i]);
		i++;
		if (++h->seen > LSP_HTTP_HEAD_MAX)
			bad(h);
	}
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
