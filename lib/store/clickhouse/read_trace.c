/* Everything of one trace: one read of the table that is sorted by trace id, never bounded by
 * time. */
#include "../result.h"
#include "query.h"

#include <errno.h>
#include <stdio.h>

static int take(void *arg, const struct lsp_click_row *row)
{
	struct lsp_trace *t = arg;

	if (row->signal == LSP_CLICK_SPAN) {
		struct lsp_span *s = lsp_trace_add_span(t);

		return s ? lsp_click_row_to_span(row, s) : -ENOMEM;
	}
	struct lsp_log *l = lsp_trace_add_log(t);

	return l ? lsp_click_row_to_log(row, l) : -ENOMEM;
}

static void note(struct lsp_trace *t, const char *text)
{
	json_array_append_new(t->notes, json_string(text));
}

/* What is not in the cluster yet, and why. */
static void note_waiting(struct lsp_click *s, struct lsp_trace *t)
{
	char text[LSP_STORE_WHY_BYTES + 100] = "";

	pthread_mutex_lock(&s->lock);
	if (s->last_error[0])
		snprintf(text, sizeof(text),
			"the newest records wait in this sidecar's queue (%s): this may be "
			"incomplete",
			s->last_error);
	pthread_mutex_unlock(&s->lock);
	if (text[0])
		note(t, text);
}

static void add_notes(struct lsp_click *s, struct lsp_trace *t, bool partial)
{
	char text[400];

	if (partial)
		note(t, "a shard of the cluster cannot be reached: this may be incomplete");
	if (s->read_only)
		return;
	note_waiting(s, t);
	pthread_mutex_lock(&s->queue.lock);
	snprintf(text, sizeof(text),
		"%llu batch(es) that the cluster refused are set aside, last %s: this may be "
		"incomplete",
		(unsigned long long)s->queue.set_aside, s->queue.set_aside_name);
	if (s->queue.set_aside)
		note(t, text);
	pthread_mutex_unlock(&s->queue.lock);
}

int lsp_click_trace(
	struct lsp_store *store, const struct lsp_trace_key *key, struct lsp_trace **ret)
{
	struct lsp_click *s = (struct lsp_click *)store;
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_click_query q;
	bool partial = false;
	int rc;

	if (!t)
		return -ENOMEM;
	lsp_click_query_init(
		&q, "SELECT " LSP_CLICK_COLUMNS " FROM " LSP_CLICK_TABLE " WHERE TraceLow != 0");
	lsp_click_query_trace(&q, key);
	lsp_click_query_add(&q, " ORDER BY Row LIMIT 1 BY Row");
	rc = lsp_click_query_rows(s, &q, take, t, &partial);
	lsp_click_query_release(&q);
	if (rc == 0 && t->n_spans == 0 && t->n_logs == 0)
		rc = partial ? -EHOSTDOWN : -ENOENT;
	if (rc) {
		lsp_trace_free(t);
		return rc;
	}
	add_notes(s, t, partial);
	lsp_result_set_trace_id(t, key);
	lsp_trace_finish(t);
	*ret = t;
	return 0;
}
