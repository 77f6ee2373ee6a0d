#include "answer.h"
#include "json_write.h"
#include "term_text.h"

#include <stdio.h>
#include <string.h>

#define TEXT_BYTES_MAX (64u * 1024 * 1024)

int lsp_answer_print(const struct lsp_options_spec *spec, const json_t *json, bool as_json,
	int (*to_text)(struct lsp_buf *out, const struct lsp_term *term, const json_t *json),
	int status)
{
	struct lsp_term term;
	struct lsp_buf out, wrapped;
	if (as_json) {
		int printed = lsp_json_print(stdout, json);
		return printed ? lsp_options_fail(spec, "the answer cannot be printed: %s",
					 strerror(-printed))
			       : status;
	}
	lsp_term_init(&term);
	lsp_buf_init(&out, TEXT_BYTES_MAX);
	lsp_buf_init(&wrapped, TEXT_BYTES_MAX);
	int rc = to_text(&out, &term, json);
	if (rc == 0 && term.tty)
		rc = lsp_text_wrap(&wrapped, out.at, out.len, term.columns);
	const struct lsp_buf *shown = term.tty ? &wrapped : &out;
	if (rc == 0) {
		lsp_term_page(&term);
		fwrite(shown->at, 1, shown->len, stdout);
		lsp_term_finish();
	} else {
		status = lsp_options_fail(spec, "the answer cannot be shown: %s", strerror(-rc));
	}
	lsp_buf_release(&wrapped);
	lsp_buf_release(&out);
	return status;
}
