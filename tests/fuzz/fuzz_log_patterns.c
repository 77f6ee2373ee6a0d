/* Any bytes as log lines, one a line, of two services: no crash, the same line twice is the same
 * pattern, texts stay below their ceiling. */
#include "lib/analysis/window/patterns.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_patterns p;
	lsp_patterns_init(&p);
	for (size_t from = 0, n = 0; from < size && n < 1000; n++) {
		size_t to = from;
		while (to < size && data[to] != 0x1e)
			to++;
		struct lsp_slice line = { (const char *)data + from, to - from };
		uint32_t first, second;
		if (lsp_patterns_add(&p, n % 2, line, &first) == 0 &&
			(lsp_patterns_add(&p, n % 2, line, &second) || first != second))
			abort();
		from = to + 1;
	}
	struct lsp_buf text;
	lsp_buf_init(&text, 16384);
	for (uint32_t i = 0; i < p.n; i++) {
		lsp_buf_clear(&text);
		if (lsp_patterns_text(&p, i, &text))
			abort();
	}
	lsp_buf_release(&text);
	lsp_patterns_release(&p);
	return 0;
}
