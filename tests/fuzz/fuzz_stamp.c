/* Any line, in any style: the insertion lies in the line, an object stays one, and what was stamped
 * is not stamped again. */
#include "lib/core/json_line.h"
#include "lib/core/line_look.h"
#include "lib/core/stamp.h"
#include "lib/core/text_scan.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lsp_context context(uint8_t bits)
{
	struct lsp_context c;

	memset(&c, 0, sizeof(c));
	memset(c.trace_id, bits & 1 ? 0xab : 0, sizeof(c.trace_id));
	memset(c.span_id, bits & 2 ? 0xcd : 0, sizeof(c.span_id));
	c.flags = bits >> 2;
	return c;
}

static void check(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const char *line, size_t n)
{
	struct lsp_insert in, again;
	size_t close, len;
	bool empty, object = lsp_json_line(line, n, &close, &empty) == 1;
	enum lsp_keep keep = lsp_stamp_line(style, c, line, n, &in);
	char *out;

	if (keep == LSP_KEEP_HAS_ID && !lsp_stamp_line_has_id(line, n) && !memchr(line, '<', n))
		abort();
	if (keep != LSP_KEEP_NOT)
		return;
	if (in.skip > 1 || in.at + in.skip > n || in.len == 0 || in.len > LSP_STAMP_MAX_BYTES)
		abort();
	len = n - in.skip + in.len;
	out = malloc(len);
	memcpy(out, line, in.at);
	memcpy(out + in.at, in.text, in.len);
	memcpy(out + in.at + in.len, line + in.at + in.skip, n - in.at - in.skip);
	if (lsp_stamp_line(style, c, out, len, &again) != LSP_KEEP_HAS_ID)
		abort();
	if ((style->format == LSP_FORMAT_AUTO || style->format == LSP_FORMAT_JSON) && object &&
		!memchr(line, '\n', n) && lsp_json_line(out, len, &close, &empty) != 1)
		abort();
	free(out);
}

static void check_plain(const struct lsp_context *c, const char *line, size_t n)
{
	static const struct lsp_stamp_style style = { LSP_FORMAT_AUTO, LSP_FIELDS_OTEL, NULL };
	struct lsp_insert in;

	if (n == 0 || !lsp_line_is_plain(line, n) || !lsp_context_has_trace(c))
		return;
	if (!lsp_text_scan(line, n) ||
		lsp_stamp_line(&style, c, line, n - 1, &in) != LSP_KEEP_NOT || in.at != n - 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_stamp_style style;
	struct lsp_context c;
	char *line;

	if (size < 3)
		return 0;
	style = (struct lsp_stamp_style){ data[0] % LSP_FORMAT_N, data[1],
		data[0] & 128 ? "shop-1" : NULL };
	c = context(data[2]);
	size -= 3;
	line = malloc(size ? size : 1); /* on its own: the sanitizer sees each byte outside */
	memcpy(line, data + 3, size);
	check(&style, &c, line, size);
	check_plain(&c, line, size);
	free(line);
	return 0;
}
