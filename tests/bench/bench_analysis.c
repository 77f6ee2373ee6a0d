/* What all answers about one trace cost: the tree, and what is built on it, of 100,000 spans in
 * several shapes. Milliseconds of processor time, the best of several rounds; goal: 100. */
#include "lib/analysis/insight.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SPANS  100000u
#define ROUNDS 7
#define GOAL   100.0

enum shape { FLAT, DEEP, BUSHY, SHAPES };
static const char *const names[SHAPES] = { "all below one", "a chain", "ten below each" };

static double spent_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t parent_of(enum shape shape, size_t i)
{
	return shape == FLAT ? 0 : shape == DEEP ? i - 1 : (i - 1) / 10;
}

static void put_id(uint8_t to[LSP_SPAN_ID_BYTES], size_t i)
{
	uint64_t id = (i + 1) * 0x9e3779b97f4a7c15u;
	memcpy(to, &id, sizeof(id));
}

static struct lsp_trace *make(enum shape shape)
{
	struct lsp_trace *t = lsp_trace_new();
	for (size_t i = 0; i < SPANS; i++) {
		struct lsp_span *s = lsp_trace_add_span(t);
		char name[32];
		put_id(s->span_id, i);
		if (i)
			put_id(s->parent_span_id, parent_of(shape, i));
		snprintf(name, sizeof(name), "GET /item/%zu", i % 3);
		s->service = strdup("shop");
		s->name = strdup(name);
		s->status_message = strdup("");
		s->kind = (uint8_t)(1 + i % 3);
		s->status = i % 7 ? LSP_STATUS_UNSET : LSP_STATUS_ERROR;
		s->start_ns = 1000000000 + i * 1000;
		s->end_ns = shape == FLAT && i ? s->start_ns + 900
					       : 1000000000 + (2 * SPANS - i) * 1000;
		json_object_set_new(s->attributes, "http.request.method", json_string("GET"));
		json_object_set_new(s->attributes, "server.address", json_string("store"));
	}
	return t;
}

static double measure(const struct lsp_trace *t)
{
	double best = 1e9;
	for (int i = 0; i < ROUNDS; i++) {
		struct lsp_tree tree;
		struct lsp_insight in;
		double start = spent_ms();
		if (lsp_tree_build(&tree, t) || lsp_insight_build(&in, &tree))
			abort();
		double took = spent_ms() - start;
		best = took < best ? took : best;
		lsp_insight_release(&in);
		lsp_tree_release(&tree);
	}
	return best;
}

int main(void)
{
	printf("%-48s %9s %9s\n", "answers about a trace of 100,000 spans", "measured", "goal");
	for (int shape = 0; shape < SHAPES; shape++) {
		struct lsp_trace *t = make((enum shape)shape);
		double ms = measure(t);
		printf("%-48s %7.1fms %7.0fms  %s\n", names[shape], ms, GOAL,
			ms <= GOAL ? "met" : "MISSED");
		lsp_trace_free(t);
	}
	return 0;
}
