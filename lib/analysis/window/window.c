#include "window.h"

#include <errno.h>
#include <stdlib.h>

#define NAMES_BYTES_MAX  (64u << 20)
#define TRACES_BYTES_MAX (256u << 20)
#define SEVERITY_ERROR   17 /* OpenTelemetry's number */

void lsp_vocabulary_init(struct lsp_vocabulary *v)
{
	lsp_interns_init(&v->names, NAMES_BYTES_MAX);
	lsp_interns_init(&v->paths, NAMES_BYTES_MAX);
	lsp_patterns_init(&v->patterns);
}

void lsp_vocabulary_release(struct lsp_vocabulary *v)
{
	lsp_interns_release(&v->names);
	lsp_interns_release(&v->paths);
	lsp_patterns_release(&v->patterns);
}

void lsp_window_init(struct lsp_window *w, struct lsp_vocabulary *v)
{
	*w = (struct lsp_window){ .vocabulary = v };
	lsp_interns_init(&w->traces, TRACES_BYTES_MAX);
}

void lsp_window_release(struct lsp_window *w)
{
	lsp_interns_release(&w->traces);
	free(w->spans);
	free(w->logs);
	free(w->kids);
	free(w->trace_failed);
	w->spans = NULL;
	w->logs = NULL;
	w->kids = NULL;
	w->trace_failed = NULL;
}

static uint64_t number_of(const uint8_t *id)
{
	uint64_t n;
	memcpy(&n, id, sizeof(n));
	return n;
}

/* ---- sampling -------------------------------------------------------------------------------- */

/* By the low half, mixed: ids of some tracers have few random bits. */
static bool is_kept(const struct lsp_window *w, const uint8_t *trace_id)
{
	uint64_t h = number_of(trace_id + 8) * 0x9e3779b97f4a7c15u;
	return ((h >> 32) & w->sample_mask) == 0;
}

static bool keeps_trace(const struct lsp_window *w, uint32_t trace)
{
	return trace == LSP_INTERN_NONE ||
	       is_kept(w, (const uint8_t *)lsp_interns_get(&w->traces, trace).at);
}

static void thin_out(struct lsp_window *w)
{
	uint32_t n = 0;
	w->sample_mask = w->sample_mask * 2 + 1;
	for (uint32_t i = 0; i < w->n_spans; i++)
		if (keeps_trace(w, w->spans[i].trace))
			w->spans[n++] = w->spans[i];
	w->n_spans = n;
	n = 0;
	for (uint32_t i = 0; i < w->n_logs; i++)
		if (keeps_trace(w, w->logs[i].trace))
			w->logs[n++] = w->logs[i];
	w->n_logs = n;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static int grow(void **array, uint32_t *cap, size_t size)
{
	uint32_t wanted = *cap ? *cap * 2 : 1024;
	void *grown = realloc(*array, wanted * size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = wanted;
	return 0;
}

/* A vocabulary that is full gives everything new one number: a comparison of the rest is still
 * worth having. */
static int name_number(struct lsp_window *w, struct lsp_slice name, uint32_t *ret)
{
	int rc = lsp_interns_add(&w->vocabulary->names, name.at, name.len, ret);
	if (rc == -E2BIG)
		*ret = 0;
	return rc == -E2BIG ? 0 : rc;
}

int lsp_window_add_span(struct lsp_window *w, const struct lsp_span_row *row,
	struct lsp_slice service, uint8_t flags)
{
	w->seen_spans++;
	if (!is_kept(w, row->trace_id))
		return 0;
	if (w->n_spans >= LSP_WINDOW_RECORDS_MAX)
		thin_out(w);
	int rc = 0;
	if (w->n_spans == w->cap_spans)
		rc = grow((void **)&w->spans, &w->cap_spans, sizeof(*w->spans));
	if (rc)
		return rc;
	struct lsp_window_span *s = &w->spans[w->n_spans];
	*s = (struct lsp_window_span){ .id = number_of(row->span_id),
		.parent_id = number_of(row->parent_span_id),
		.start_ns = row->start_ns,
		.end_ns = row->end_ns > row->start_ns ? row->end_ns : row->start_ns,
		.kind = row->kind,
		.flags = flags,
		.says_error = row->status == LSP_STATUS_ERROR,
		.failed = row->status == LSP_STATUS_ERROR };
	rc = lsp_interns_add(&w->traces, row->trace_id, LSP_TRACE_ID_BYTES, &s->trace);
	rc = rc ? rc : name_number(w, service, &s->service);
	rc = rc ? rc : name_number(w, row->name, &s->name);
	if (rc == 0)
		w->n_spans++;
	return rc == -E2BIG ? 0 : rc;
}

static bool is_zero(const uint8_t *id, size_t n)
{
	uint8_t any = 0;
	for (size_t i = 0; i < n; i++)
		any |= id[i];
	return any == 0;
}

int lsp_window_add_log(
	struct lsp_window *w, const struct lsp_log_row *row, struct lsp_slice service)
{
	bool loose = is_zero(row->trace_id, LSP_TRACE_ID_BYTES);
	w->seen_logs++;
	if (!loose && !is_kept(w, row->trace_id))
		return 0;
	if (w->n_logs >= LSP_WINDOW_RECORDS_MAX)
		thin_out(w);
	if (w->n_logs >= LSP_WINDOW_RECORDS_MAX)
		return 0; /* all of them loose: the rest is more of the same */
	int rc = 0;
	if (w->n_logs == w->cap_logs)
		rc = grow((void **)&w->logs, &w->cap_logs, sizeof(*w->logs));
	if (rc)
		return rc;
	struct lsp_window_log *l = &w->logs[w->n_logs];
	*l = (struct lsp_window_log){ .span_id = number_of(row->span_id),
		.time_ns = row->time_ns,
		.severity = row->severity,
		.trace = LSP_INTERN_NONE,
		.error = row->severity >= SEVERITY_ERROR };
	if (!loose)
		rc = lsp_interns_add(&w->traces, row->trace_id, LSP_TRACE_ID_BYTES, &l->trace);
	rc = rc ? rc : name_number(w, service, &l->service);
	rc = rc ? rc
		: lsp_patterns_add(&w->vocabulary->patterns, l->service, row->body, &l->pattern);
	if (rc == 0)
		w->n_logs++;
	return rc == -E2BIG ? 0 : rc;
}
