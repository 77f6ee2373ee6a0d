#include "log_value.h"
#include "../core/hex.h"
#include "../core/traceparent.h"

static bool is_zero(const uint8_t *id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (id[i])
			return false;
	return true;
}

static bool decimal(struct lsp_slice s, uint8_t ret[8])
{
	uint64_t value = 0;

	if (s.len == 0 || s.len > 20)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] < '0' || s.at[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(s.at[i] - '0'), &value))
			return false;
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	return true;
}

size_t lsp_log_digits(struct lsp_slice s, char out[40])
{
	size_t n = 0, i;

	for (i = 0; i < s.len && (is_hex(s.at[i]) || s.at[i] == '-') && n < 40; i++)
		if (s.at[i] != '-')
			out[n++] = s.at[i];
	return i < s.len && is_word(s.at[i]) ? 0 : n;
}

bool lsp_log_set_trace(struct lsp_log_ids *ids, const char *hex, size_t n)
{
	uint8_t id[16] = { 0 };

	if ((n != 32 && n != 16) || lsp_hex_decode(id + 16 - n / 2, hex, n / 2) ||
		is_zero(id, sizeof(id)))
		return false;
	memcpy(ids->trace, id, sizeof(id));
	ids->has_trace = true;
	return true;
}

bool lsp_log_set_span(struct lsp_log_ids *ids, struct lsp_slice s, bool decimal_first)
{
	uint8_t id[8];
	size_t n = 0;

	while (n < s.len && is_hex(s.at[n]))
		n++;
	if (n < s.len && is_word(s.at[n]))
		return false;
	s.len = n;
	if (decimal_first ? !decimal(s, id) && !(n == 16 && lsp_hex_decode(id, s.at, 8) == 0)
			  : !(n == 16 && lsp_hex_decode(id, s.at, 8) == 0) && !decimal(s, id))
		return false;
	if (is_zero(id, sizeof(id)))
		return false;
	memcpy(ids->span, id, sizeof(id));
	ids->has_span = true;
	return true;
}

/* Both halves are whole; a value that is only a decision ("b3: 1") names no trace. */
static bool take_b3(struct lsp_log_ids *ids, struct lsp_slice v)
{
	struct lsp_slice trace = up_to(v, '-'), span = up_to(behind(v, trace.len + 1), '-');

	return span.len == 16 && lsp_log_set_trace(ids, trace.at, trace.len) &&
	       lsp_log_set_span(ids, span, false);
}

static bool take_jaeger(struct lsp_log_ids *ids, struct lsp_slice v)
{
	struct lsp_slice trace = up_to(v, ':'), span = up_to(behind(v, trace.len + 1), ':');
	char padded[32];

	if (trace.len == 0 || trace.len > 32 || trace.len == v.len)
		return false;
	memset(padded, '0', sizeof(padded)); /* Jaeger leaves leading zeros out */
	memcpy(padded + 32 - trace.len, trace.at, trace.len);
	if (!lsp_log_set_trace(ids, padded, 32))
		return false;
	if (span.len > 0 && span.len <= 16) {
		memset(padded, '0', 16);
		memcpy(padded + 16 - span.len, span.at, span.len);
		(void)lsp_log_set_span(ids, (struct lsp_slice){ padded, 16 }, false);
	}
	return true;
}

static bool take_xray(struct lsp_log_ids *ids, struct lsp_slice v)
{
	const char *root = memmem(v.at, v.len, "Root=", 5), *parent;
	char hex[40];
	struct lsp_slice id = v;

	if (root)
		id = behind(v, (size_t)(root + 5 - v.at));
	if (id.len < 35 || id.at[0] != '1' || id.at[1] != '-')
		return false;
	if (!lsp_log_set_trace(ids, hex, lsp_log_digits(behind(id, 2), hex)))
		return false;
	parent = memmem(v.at, v.len, "Parent=", 7);
	if (parent)
		(void)lsp_log_set_span(ids, behind(v, (size_t)(parent + 7 - v.at)), false);
	return true;
}

static bool take_google(struct lsp_log_ids *ids, struct lsp_slice v)
{
	const char *traces = memmem(v.at, v.len, "/traces/", 8);
	char hex[40];

	if (traces)
		v = behind(v, (size_t)(traces + 8 - v.at));
	return lsp_log_set_trace(ids, hex, lsp_log_digits(up_to(v, '/'), hex));
}

static bool take_traceparent(struct lsp_log_ids *ids, struct lsp_slice v)
{
	struct lsp_context c;

	/* Punctuation of the line may follow, a longer value may not. */
	if (v.len > LSP_TRACEPARENT_CHARS && !is_word(v.at[LSP_TRACEPARENT_CHARS]) &&
		v.at[LSP_TRACEPARENT_CHARS] != '-')
		v.len = LSP_TRACEPARENT_CHARS;
	if (v.len < LSP_TRACEPARENT_CHARS || lsp_traceparent_parse(v.at, v.len, &c))
		return false;
	memcpy(ids->trace, c.trace_id, 16);
	memcpy(ids->span, c.span_id, 8);
	ids->flags = c.flags;
	ids->has_trace = ids->has_span = ids->has_flags = true;
	return true;
}

static bool take_decimal_trace(struct lsp_log_ids *ids, struct lsp_slice v)
{
	char hex[40];
	size_t n = lsp_log_digits(v, hex);

	if (n == 32)
		return lsp_log_set_trace(ids, hex, n);
	memset(ids->trace, 0, 8);
	ids->has_trace = decimal((struct lsp_slice){ hex, n }, ids->trace + 8) &&
			 !is_zero(ids->trace + 8, 8);
	return ids->has_trace;
}

bool lsp_log_take_value(struct lsp_log_ids *ids, enum lsp_log_form form, struct lsp_slice v)
{
	char hex[40];

	switch (form) {
	case LSP_LOG_FORM_HEX:
		if (v.len >= 35 && v.at[0] == '1' && v.at[1] == '-')
			return take_xray(ids, v);
		return lsp_log_set_trace(ids, hex, lsp_log_digits(v, hex));
	case LSP_LOG_FORM_DECIMAL:
		return take_decimal_trace(ids, v);
	case LSP_LOG_FORM_PARENT:
		return take_traceparent(ids, v);
	case LSP_LOG_FORM_B3:
		return take_b3(ids, v);
	case LSP_LOG_FORM_JAEGER:
		return take_jaeger(ids, v);
	case LSP_LOG_FORM_XRAY:
		return take_xray(ids, v);
	case LSP_LOG_FORM_GOOGLE:
		return take_google(ids, v);
	case LSP_LOG_FORM_SPAN:
		return lsp_log_set_span(ids, v, false);
	case LSP_LOG_FORM_SPAN_DECIMAL:
		return lsp_log_set_span(ids, v, true);
	case LSP_LOG_FORM_FLAGS:
		ids->has_flags = v.len >= 2 && lsp_hex_decode(&ids->flags, v.at, 1) == 0;
		return ids->has_flags;
	}
	return false;
}
