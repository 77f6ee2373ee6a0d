/* A line, stamped, as one text to compare with. */
#ifndef LSP_TESTS_STAMP_FIXTURE_H
#define LSP_TESTS_STAMP_FIXTURE_H

#include "lib/core/stamp.h"
#include "context_fixture.h"
#include "guard_page.h"

#define STAMPED_BYTES_MAX 2048

static const char *const keep_names[] = { "not", "has id", "structure", "format", "no context",
	"empty" };

/* Puts the stamped line, or "(reason)", into out, with a NUL. Returns its bytes. The line lies
 * before an unmapped page. */
static inline size_t stamp_line(const struct lsp_stamp_style *style, const struct lsp_context *c,
	const char *text, size_t n, char out[STAMPED_BYTES_MAX])
{
	static char *end;
	const char *line;
	struct lsp_insert in;
	enum lsp_keep keep;

	if (!end)
		end = guard_page_copy(out, 1024) + 1024;
	memcpy(end - n, text, n);
	line = end - n;
	memset(&in, 0x5a, sizeof(in));
	keep = lsp_stamp_line(style, c, line, n, &in);
	if (keep != LSP_KEEP_NOT) {
		size_t len = strlen(keep_names[keep]);

		out[0] = in.at == 0x5a5a5a5a5a5a5a5a ? '(' : '!'; /* "!": it was touched */
		memcpy(out + 1, keep_names[keep], len);
		memcpy(out + 1 + len, ")", 2);
		return len + 2;
	}
	memcpy(out, line, in.at);
	memcpy(out + in.at, in.text, in.len);
	memcpy(out + in.at + in.len, line + in.at + in.skip, n - in.at - in.skip);
	n += in.len - (size_t)in.skip;
	out[n] = 0;
	return n;
}

#endif
