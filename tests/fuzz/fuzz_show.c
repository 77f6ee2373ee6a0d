/* Any JSON that a server may send: parsed, built into a tree, drawn. What comes out never has a
 * control byte in it. */
#include "sidecar/json_trace_parse.c"
#include "sidecar/show_log.c"
#include "sidecar/show_text.c"
#include "sidecar/show_text_below.c"
#include "sidecar/show_text_span.c"
#include "sidecar/term_text.c"

const char *lsp_term_style(const struct lsp_term *t, enum lsp_style style)
{
	(void)t;
	(void)style;
	return "";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
	struct lsp_trace *trace = NULL;
	struct lsp_tree tree;
	struct lsp_buf out;
	lsp_buf_init(&out, 64 * 1024 * 1024);
	if (json && lsp_json_trace_parse(&trace, json) == 0 && lsp_tree_build(&tree, trace) == 0) {
		struct lsp_term term = { .utf8 = size & 1, .columns = 40 + size % 160 };
		(void)lsp_show_text(&out, &term, &tree);
		for (size_t i = 0; i < out.len; i++)
			if ((unsigned char)out.at[i] < 0x20 && !strchr("\n\t", out.at[i]))
				abort();
		lsp_tree_release(&tree);
	}
	lsp_buf_release(&out);
	lsp_trace_free(trace);
	json_decref(json);
	return 0;
}
