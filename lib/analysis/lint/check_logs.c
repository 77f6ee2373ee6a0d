/* Rules on log records and on their way to spans. */
#include "rules.h"

#define SKEW_NS 100000000u /* clocks of one host agree much better */

static struct lsp_slice pattern_example(struct lsp_lint *l, uint32_t pattern, struct lsp_buf *text)
{
	lsp_buf_clear(text);
	if (lsp_patterns_text(&l->vocabulary.patterns, pattern, text))
		return LSP_SLICE("");
	return (struct lsp_slice){ text->len ? text->at : "", text->len };
}

int lsp_lint_check_logs(struct lsp_lint *l)
{
	struct lsp_window *w = &l->window;
	struct lsp_buf text;
	lsp_buf_init(&text, 4096);
	for (uint32_t i = 0; i < w->n_logs; i++) {
		const struct lsp_window_log *log = &w->logs[i];
		bool loose = log->trace == LSP_INTERN_NONE;
		struct lsp_slice example = pattern_example(l, log->pattern, &text);
		lsp_lint_count(
			l, LSP_RULE_LOG_002, log->service, log->severity == 0, example, log->trace);
		lsp_lint_count(l, LSP_RULE_LOG_TRACE, log->service, loose, example, log->trace);
		if (log->error)
			lsp_lint_count(
				l, LSP_RULE_ERROR_TRACE, log->service, loose, example, log->trace);
		if (!loose && log->span_id)
			lsp_lint_count(l, LSP_RULE_LOG_SPAN, log->service, !log->span_is_here,
				example, log->trace);
		if (log->span == LSP_INTERN_NONE)
			continue;
		const struct lsp_window_span *s = &w->spans[log->span];
		bool outside =
			log->time_ns + SKEW_NS < s->start_ns || log->time_ns > s->end_ns + SKEW_NS;
		lsp_lint_count(l, LSP_RULE_LOG_TIME, log->service, outside, example, log->trace);
	}
	lsp_buf_release(&text);
	return 0;
}
