/* Records: version, type, request id (2), content length (2), padding length, reserved. */
#include "fcgi.h"

#include <string.h>

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDOUT = 6, TYPES = 11 };
enum step { STEP_NAME_LENGTH, STEP_VALUE_LENGTH, STEP_NAME, STEP_VALUE };
enum { WHICH_NONE = -1, WHICH_METHOD = -2, WHICH_TARGET = -3 };

static const char *const header_names[] = {
#define X(id, name) name,
	LSP_HTTP_HEADER_TABLE(X)
#undef X
};

void lsp_fcgi_reset(struct lsp_fcgi *f)
{
	memset(f, 0, sizeof(*f));
}

bool lsp_fcgi_begins(uint8_t first)
{
	return first == 1;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* "HTTP_X_B3_TRACEID" is the header "x-b3-traceid". */
static bool is_header(const struct lsp_fcgi *f, const char *header)
{
	size_t n = strlen(header);

	if (f->name_bytes != n + 5 || memcmp(f->name, "HTTP_", 5) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = f->name[5 + i];

		c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		if (c != header[i])
			return false;
	}
	return true;
}

static bool is_name(const struct lsp_fcgi *f, const char *name)
{
	return f->name_bytes == strlen(name) && memcmp(f->name, name, f->name_bytes) == 0;
}

/* Where the value goes that follows this name. */
static void name_done(struct lsp_fcgi *f, struct lsp_http_head *h)
{
	f->which = WHICH_NONE;
	if (f->name_length > LSP_FCGI_NAME_BYTES)
		return;
	if (is_name(f, "REQUEST_METHOD"))
		f->which = WHICH_METHOD;
	else if (is_name(f, "REQUEST_URI"))
		f->which = WHICH_TARGET;
	for (int i = 0; i < LSP_HTTP_HEADER_N && f->which == WHICH_NONE; i++)
		if (h->value_bytes[i] == 0 && is_header(f, header_names[i])) {
			f->which = (int16_t)i;
			h->value_at[i] = h->text_bytes;
		}
}

static void value_byte(struct lsp_fcgi *f, struct lsp_http_head *h, char c)
{
	if (f->which == WHICH_METHOD && h->method_bytes < LSP_HTTP_METHOD_BYTES) {
		h->method[h->method_bytes++] = c;
	} else if (f->which == WHICH_TARGET && h->target_bytes < LSP_HTTP_TARGET_BYTES) {
		h->target[h->target_bytes++] = c;
	} else if (f->which >= 0) {
		uint16_t *n = &h->value_bytes[f->which];

		if (*n == LSP_HTTP_VALUE_BYTES || h->text_bytes == LSP_HTTP_TEXT_BYTES) {
			h->too_long |= 1u << f->which;
		} else {
			h->text[h->text_bytes++] = c;
			(*n)++;
		}
	}
}

/* A length of one byte, or of four when its first bit is set. Returns true when it is complete. */
static bool length_byte(struct lsp_fcgi *f, uint8_t c)
{
	if (f->length_want == 0) {
		f->length = c;
		f->length_want = c & 0x80 ? 4 : 1;
		f->length_bytes = 1;
		f->length &= 0x7f;
	} else {
		f->length = f->length << 8 | c;
		f->length_bytes++;
	}
	if (f->length_bytes < f->length_want)
		return false;
	f->length_want = 0;
	return true;
}

/* A step that takes no byte is left at once. */
static void settle(struct lsp_fcgi *f, struct lsp_http_head *h)
{
	if (f->step == STEP_NAME && f->name_length == 0) {
		name_done(f, h);
		f->step = STEP_VALUE;
	}
	if (f->step == STEP_VALUE && f->value_length == 0)
		f->step = STEP_NAME_LENGTH;
}

static void param_byte(struct lsp_fcgi *f, struct lsp_http_head *h, uint8_t c)
{
	switch (f->step) {
	case STEP_NAME_LENGTH:
		if (length_byte(f, c)) {
			f->name_length = f->length;
			f->step = STEP_VALUE_LENGTH;
		}
		return;
	case STEP_VALUE_LENGTH:
		if (length_byte(f, c)) {
			f->value_length = f->length;
			f->name_bytes = 0;
			f->step = STEP_NAME;
		}
		break;
	case STEP_NAME:
		if (f->name_bytes < LSP_FCGI_NAME_BYTES)
			f->name[f->name_bytes++] = (char)c;
		f->name_length--;
		if (f->name_length == 0) {
			name_done(f, h);
			f->step = STEP_VALUE;
		}
		break;
	default:
		value_byte(f, h, (char)c);
		f->value_length--;
	}
	settle(f, h);
}

/* ---- records --------------------------------------------------------------------------------- */

/* A record's header is complete. Returns false when it cannot be one. */
static bool record_begun(struct lsp_fcgi *f)
{
	f->header_bytes = 0;
	f->left = (uint32_t)f->header[4] << 8 | f->header[5];
	f->padding = f->header[6];
	return f->header[0] == 1 && f->header[1] >= 1 && f->header[1] <= TYPES;
}

/* Content or padding that nobody looks at is skipped. Returns the bytes taken. */
static size_t skip(uint32_t *left, size_t n)
{
	size_t part = *left < n ? *left : n;

	*left -= (uint32_t)part;
	return part;
}

static bool header_byte(struct lsp_fcgi *f, uint8_t c)
{
	f->header[f->header_bytes++] = c;
	if (f->header_bytes < sizeof(f->header))
		return false;
	if (!record_begun(f)) {
		f->bad = true;
		return false;
	}
	return true;
}

void lsp_fcgi_feed_request(struct lsp_fcgi *f, struct lsp_http_head *h, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !f->bad;) {
		if (f->left > 0 && f->header[1] == PARAMS && !f->params_done) {
			param_byte(f, h, (uint8_t)bytes[i++]);
			f->left--;
		} else if (f->left > 0) {
			i += skip(&f->left, n - i);
		} else if (f->padding > 0) {
			i += skip(&f->padding, n - i);
		} else if (header_byte(f, (uint8_t)bytes[i++])) {
			if (f->header[1] == BEGIN_REQUEST)
				f->begun = true;
			if (f->header[1] == PARAMS && f->left == 0)
				f->params_done = true;
		}
	}
}

static void answer_byte(struct lsp_fcgi *f, char c)
{
	if (c != '\n') {
		if (c != '\r' && f->line_bytes < sizeof(f->line))
			f->line[f->line_bytes++] = c;
		return;
	}
	if (f->line_bytes == 0)
		f->answer_begun = true;
	if (f->line_bytes >= 11 && memcmp(f->line, "Status: ", 8) == 0) {
		uint16_t status = 0;

		for (int i = 8; i < 11 && f->line[i] >= '0' && f->line[i] <= '9'; i++)
			status = (uint16_t)(status * 10 + (f->line[i] - '0'));
		if (status >= 100)
			f->status = status;
	}
	f->line_bytes = 0;
}

void lsp_fcgi_feed_answer(struct lsp_fcgi *f, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && !f->bad;) {
		if (f->left > 0 && f->header[1] == STDOUT && !f->answer_begun) {
			answer_byte(f, bytes[i++]);
			f->left--;
		} else if (f->left > 0) {
			i += skip(&f->left, n - i);
		} else if (f->padding > 0) {
			i += skip(&f->padding, n - i);
		} else if (header_byte(f, (uint8_t)bytes[i++]) && f->header[1] == END_REQUEST) {
			f->ended = true;
			f->status = f->status ? f->status : 200;
		}
	}
}
