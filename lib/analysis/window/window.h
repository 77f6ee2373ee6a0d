/* The spans and log records of a stretch of time, as little of them as a comparison needs.
 *
 * Both windows of a comparison share one vocabulary, so that equal names have equal numbers. A
 * window that gets too large keeps a half, a quarter, … of the traces, whole ones, chosen by their
 * ids: what is compared is shares and distributions. One thread at a time. */
#ifndef LSP_ANALYSIS_WINDOW_H
#define LSP_ANALYSIS_WINDOW_H

#include "../../model/record.h"
#include "patterns.h"

#define LSP_WINDOW_RECORDS_MAX 500000 /* spans, and as many log records */

struct lsp_vocabulary {
	struct lsp_interns names; /* of services and operations */
	struct lsp_interns paths; /* {path of the caller, service} */
	struct lsp_patterns patterns;
};
void lsp_vocabulary_init(struct lsp_vocabulary *v);
void lsp_vocabulary_release(struct lsp_vocabulary *v);

struct lsp_window_span {
	uint64_t id, parent_id, start_ns, end_ns;
	uint32_t trace, service, name;
	uint8_t kind; /* enum lsp_span_kind */
	uint8_t flags; /* the caller's own */
	/* Set by finish(). */
	uint32_t parent; /* place of its parent; LSP_INTERN_NONE */
	uint32_t path; /* the services from the root to here; in a row one counts once */
	uint32_t first_kid, n_kids; /* into kids */
	bool failed; /* says so, or a log record of severity ERROR does */
	bool says_error; /* its status is error */
	bool foreign_error_below; /* a span of another service failed below it */
};

struct lsp_window_log {
	uint64_t span_id, time_ns;
	uint32_t trace; /* NONE: it names none */
	uint32_t service, pattern;
	uint32_t span; /* set by finish(): its place; NONE: of another service, or not here */
	bool error, span_is_here; /* the span that it names, of whatever service */
	uint8_t severity;
};

struct lsp_window {
	struct lsp_vocabulary *vocabulary;
	struct lsp_interns traces; /* 16 bytes each */
	struct lsp_window_span *spans;
	struct lsp_window_log *logs; /* sorted by span after finish() */
	uint32_t *kids; /* places of spans, by parent, then by start */
	uint8_t *trace_failed; /* by trace */
	uint32_t n_spans, cap_spans, n_logs, cap_logs;
	uint64_t sample_mask; /* a trace is kept when these bits of its id are 0 */
	uint64_t seen_spans, seen_logs;
};

void lsp_window_init(struct lsp_window *w, struct lsp_vocabulary *v);
void lsp_window_release(struct lsp_window *w);
/* Return 0 or -ENOMEM. Flags are kept for the caller. */
int lsp_window_add_span(struct lsp_window *w, const struct lsp_span_row *row,
	struct lsp_slice service, uint8_t flags);
int lsp_window_add_log(
	struct lsp_window *w, const struct lsp_log_row *row, struct lsp_slice service);
/* To be called once, behind the last add: drops spans that came twice, links spans, kids and logs.
 * Returns 0 or -ENOMEM. */
int lsp_window_finish(struct lsp_window *w);

#endif
