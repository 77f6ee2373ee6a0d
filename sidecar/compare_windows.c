#include "compare_windows.h"
#include "../lib/analysis/compare/compare.h"

#include <inttypes.h>
#include <stdio.h>

static int add_span(void *arg, const struct lsp_span_row *row, const struct lsp_origin *from)
{
	return lsp_window_add_span(arg, row, from->service, 0);
}

static int add_log(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	return lsp_window_add_log(arg, row, from->service);
}

static int read_window(struct lsp_store *store, const uint64_t range_ns[2], struct lsp_window *w)
{
	struct lsp_scan scan = { .no_encoded = true,
		.since_ns = range_ns[0],
		.until_ns = range_ns[1],
		.arg = w,
		.span = add_span,
		.log = add_log };
	int rc = lsp_store_scan(store, &scan);
	return rc ? rc : lsp_window_finish(w);
}

static void add_times(json_t *json, const char *name, const uint64_t range_ns[2])
{
	static const char *const keys[] = { "from_unix_nano", "to_unix_nano" };
	json_t *window = json_object_get(json, name);
	for (int i = 0; i < 2; i++) {
		char text[24];
		snprintf(text, sizeof(text), "%" PRIu64, range_ns[i]);
		json_object_set_new(window, keys[i], json_string(text));
	}
}

int lsp_compare_windows(struct lsp_store *store, const struct lsp_compare_query *q, json_t **ret)
{
	struct lsp_vocabulary vocabulary;
	struct lsp_window baseline, incident;
	lsp_vocabulary_init(&vocabulary);
	lsp_window_init(&baseline, &vocabulary);
	lsp_window_init(&incident, &vocabulary);
	int rc = read_window(store, q->baseline_ns, &baseline);
	rc = rc ? rc : read_window(store, q->incident_ns, &incident);
	rc = rc ? rc : lsp_compare(&baseline, &incident, ret);
	if (rc == 0) {
		add_times(*ret, "baseline", q->baseline_ns);
		add_times(*ret, "incident", q->incident_ns);
		if (q->baseline_ns[0] < q->incident_ns[1] && q->incident_ns[0] < q->baseline_ns[1])
			json_array_append_new(json_object_get(*ret, "notes"),
				json_string("the two windows overlap: what lies in both explains "
					    "nothing"));
	}
	lsp_window_release(&baseline);
	lsp_window_release(&incident);
	lsp_vocabulary_release(&vocabulary);
	return rc;
}
