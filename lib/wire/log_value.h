/* The values of ids in log lines, form by form. Private to lib/wire: log_text.c finds them. */
#ifndef LSP_WIRE_LOG_VALUE_H
#define LSP_WIRE_LOG_VALUE_H

#include "../model/slice.h"

enum lsp_log_form {
	LSP_LOG_FORM_HEX, /* hex of 16 or 32 digits, dashes allowed */
	LSP_LOG_FORM_DECIMAL, /* Datadog's: decimal of 64 bits, or 32 hex digits */
	LSP_LOG_FORM_PARENT, /* a whole traceparent */
	LSP_LOG_FORM_B3, /* trace-span[-flag[-parent]] */
	LSP_LOG_FORM_JAEGER, /* trace:span:parent:flags */
	LSP_LOG_FORM_XRAY, /* Root=1-8hex-24hex;Parent=16hex */
	LSP_LOG_FORM_GOOGLE, /* projects/P/traces/HEX, or HEX */
	LSP_LOG_FORM_SPAN, /* a span id, hex or decimal */
	LSP_LOG_FORM_SPAN_DECIMAL, /* Datadog's: decimal, whatever its length */
	LSP_LOG_FORM_FLAGS,
};

struct lsp_log_ids {
	uint8_t trace[16], span[8], flags;
	bool has_trace, has_span, has_flags, bad;
};

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool is_hex(char c)
{
	c = lower(c);
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static inline bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

static inline struct lsp_slice up_to(struct lsp_slice s, char end)
{
	const char *at = memchr(s.at, end, s.len);

	return (struct lsp_slice){ s.at, at ? (size_t)(at - s.at) : s.len };
}

static inline struct lsp_slice behind(struct lsp_slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct lsp_slice){ s.at + n, s.len - n };
}

/* Hex digits, dashes dropped; stops at what is neither. Returns how many, 0 when a word goes on. */
size_t lsp_log_digits(struct lsp_slice s, char out[40]);

/* Each takes one value into ids. False when it is none: ids are as before. */
bool lsp_log_take_value(struct lsp_log_ids *ids, enum lsp_log_form form, struct lsp_slice v);
bool lsp_log_set_trace(struct lsp_log_ids *ids, const char *hex, size_t n);
bool lsp_log_set_span(struct lsp_log_ids *ids, struct lsp_slice s, bool decimal_first);

#endif
