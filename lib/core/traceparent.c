#include "traceparent.h"
#include "hex.h"

#include <errno.h>

/* 00-TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT-SSSSSSSSSSSSSSSS-FF */
#define AT_TRACE 3
#define AT_SPAN  36
#define AT_FLAGS 53

int lsp_traceparent_parse(const char *text, size_t len, struct lsp_context *ret)
{
	struct lsp_context c;
	uint8_t version, flags;

	memset(&c, 0, sizeof(c));
	if (len < LSP_TRACEPARENT_CHARS || text[2] != '-' || text[AT_SPAN - 1] != '-' ||
		text[AT_FLAGS - 1] != '-')
		return -EINVAL;
	if (lsp_hex_decode_lower(&version, text, 1) || version == 0xff)
		return -EINVAL;
	if (len > LSP_TRACEPARENT_CHARS && (version == 0 || text[LSP_TRACEPARENT_CHARS] != '-'))
		return -EINVAL;
	if (lsp_hex_decode_lower(c.trace_id, text + AT_TRACE, LSP_TRACE_ID_BYTES) ||
		lsp_hex_decode_lower(c.span_id, text + AT_SPAN, LSP_SPAN_ID_BYTES) ||
		lsp_hex_decode_lower(&flags, text + AT_FLAGS, 1))
		return -EINVAL;
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return -EINVAL;
	c.flags = flags & (version == 0 ? LSP_FLAG_SAMPLED | LSP_FLAG_RANDOM : LSP_FLAG_SAMPLED);
	*ret = c;
	return 0;
}

void lsp_traceparent_format(const struct lsp_context *c, char out[LSP_TRACEPARENT_CHARS])
{
	uint8_t flags = c->flags & (LSP_FLAG_SAMPLED | LSP_FLAG_RANDOM);

	memcpy(out, "00-", 3);
	lsp_hex_encode(out + AT_TRACE, c->trace_id, LSP_TRACE_ID_BYTES);
	out[AT_SPAN - 1] = '-';
	lsp_hex_encode(out + AT_SPAN, c->span_id, LSP_SPAN_ID_BYTES);
	out[AT_FLAGS - 1] = '-';
	lsp_hex_encode(out + AT_FLAGS, &flags, 1);
}
