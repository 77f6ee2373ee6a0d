#include "tree.h"

#include <errno.h>
#include <stdlib.h>

/* Span ids → indexes: open addressing, at most half full. */
struct id_map {
	size_t *slots; /* index + 1; 0 is free */
	size_t mask;
	const struct lsp_trace *trace;
};

static size_t slot_of(const struct id_map *m, const uint8_t id[LSP_SPAN_ID_BYTES])
{
	uint64_t h;
	memcpy(&h, id, sizeof(h));
	/* Ids of tests and small tracers are not random: every bit has to reach the low ones. */
	h = (h ^ h >> 32) * 0x9E3779B97F4A7C15ull;
	h = (h ^ h >> 29) * 0xBF58476D1CE4E5B9ull;
	return (size_t)(h ^ h >> 32) & m->mask;
}

static size_t map_find(const struct id_map *m, const uint8_t id[LSP_SPAN_ID_BYTES])
{
	uint64_t zero = 0;
	if (memcmp(id, &zero, sizeof(zero)) == 0)
		return LSP_TREE_NONE;
	for (size_t s = slot_of(m, id); m->slots[s]; s = (s + 1) & m->mask) {
		size_t i = m->slots[s] - 1;
		if (memcmp(m->trace->spans[i].span_id, id, LSP_SPAN_ID_BYTES) == 0)
			return i;
	}
	return LSP_TREE_NONE;
}

static int map_init(struct id_map *m, const struct lsp_trace *trace)
{
	size_t size = 16;
	while (size < trace->n_spans * 2)
		size *= 2;
	*m = (struct id_map){ .mask = size - 1, .trace = trace };
	m->slots = calloc(size, sizeof(*m->slots));
	if (!m->slots)
		return -ENOMEM;
	for (size_t i = 0; i < trace->n_spans; i++) {
		const uint8_t *id = trace->spans[i].span_id;
		if (map_find(m, id) != LSP_TREE_NONE)
			continue;
		size_t s = slot_of(m, id);
		while (m->slots[s])
			s = (s + 1) & m->mask;
		m->slots[s] = i + 1;
	}
	return 0;
}

static int by_start(const void *a, const void *b, void *arg)
{
	const struct lsp_span *spans = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	if (spans[i].start_ns != spans[j].start_ns)
		return spans[i].start_ns < spans[j].start_ns ? -1 : 1;
	return i < j ? -1 : i > j;
}

static bool has_parent_id(const struct lsp_span *s)
{
	uint64_t id;
	memcpy(&id, s->parent_span_id, sizeof(id));
	return id != 0;
}

/* rank[i]: the place of span i by start. Each cycle is cut above its earliest span: follow the
 * parents of each span, marking the path with the span it began at; a path that meets its own mark
 * has gone round. Every span is marked once. */
static void cut_cycles(struct lsp_tree *t, const size_t *rank, size_t *mark)
{
	size_t n = t->trace->n_spans;
	for (size_t i = 0; i < n; i++)
		mark[i] = LSP_TREE_NONE;
	for (size_t i = 0; i < n; i++) {
		size_t at = i;
		while (at != LSP_TREE_NONE && mark[at] == LSP_TREE_NONE) {
			mark[at] = i;
			at = t->nodes[at].parent;
		}
		if (at == LSP_TREE_NONE || mark[at] != i)
			continue;
		size_t first = at;
		for (size_t j = t->nodes[at].parent; j != at; j = t->nodes[j].parent)
			if (rank[j] < rank[first])
				first = j;
		t->nodes[first].parent = LSP_TREE_NONE;
		t->nodes[first].cycle = true;
	}
}

static void link_parents(struct lsp_tree *t, const struct id_map *map)
{
	for (size_t i = 0; i < t->trace->n_spans; i++) {
		const struct lsp_span *s = &t->trace->spans[i];
		size_t parent = map_find(map, s->parent_span_id);
		t->nodes[i] = (struct lsp_tree_node){ .parent = parent,
			.first_child = LSP_TREE_NONE,
			.next_sibling = LSP_TREE_NONE,
			.orphan = parent == LSP_TREE_NONE && has_parent_id(s) };
	}
}

/* A job that names a client's span was made by the server that answered it: the job's payload holds
 * the header that the server got. It belongs below that server. answered: room for all spans. */
static void link_jobs(struct lsp_tree *t, size_t *answered)
{
	const struct lsp_span *spans = t->trace->spans;
	for (size_t i = 0; i < t->trace->n_spans; i++)
		answered[i] = LSP_TREE_NONE;
	for (size_t i = 0; i < t->trace->n_spans; i++) {
		size_t parent = t->nodes[i].parent;
		if (parent != LSP_TREE_NONE && spans[i].kind == LSP_KIND_SERVER &&
			spans[parent].kind == LSP_KIND_CLIENT)
			answered[parent] = i;
	}
	for (size_t i = 0; i < t->trace->n_spans; i++) {
		size_t parent = t->nodes[i].parent;
		size_t server = parent == LSP_TREE_NONE ? LSP_TREE_NONE : answered[parent];
		if (server != LSP_TREE_NONE && spans[i].kind == LSP_KIND_CONSUMER &&
			spans[server].start_ns <= spans[i].start_ns)
			t->nodes[i].parent = server;
	}
}

/* sorted: spans by start. Going backwards and pushing to the front leaves lists in that order. */
static void link_children(struct lsp_tree *t, const size_t *sorted)
{
	for (size_t k = t->trace->n_spans; k-- > 0;) {
		size_t i = sorted[k], parent = t->nodes[i].parent;
		if (parent == LSP_TREE_NONE)
			continue;
		t->nodes[i].next_sibling = t->nodes[parent].first_child;
		t->nodes[parent].first_child = i;
	}
	for (size_t k = 0; k < t->trace->n_spans; k++)
		if (t->nodes[sorted[k]].parent == LSP_TREE_NONE)
			t->roots[t->n_roots++] = sorted[k];
}

/* Depth first by the links alone: no stack to overflow. */
static void walk(struct lsp_tree *t)
{
	size_t n = 0;
	for (size_t r = 0; r < t->n_roots; r++) {
		size_t i = t->roots[r];
		while (i != LSP_TREE_NONE) {
			struct lsp_tree_node *node = &t->nodes[i];
			t->order[n++] = i;
			if (node->parent != LSP_TREE_NONE)
				node->depth = t->nodes[node->parent].depth + 1;
			if (node->first_child != LSP_TREE_NONE) {
				i = node->first_child;
				continue;
			}
			while (i != LSP_TREE_NONE && t->nodes[i].next_sibling == LSP_TREE_NONE)
				i = t->nodes[i].parent;
			if (i != LSP_TREE_NONE)
				i = t->nodes[i].next_sibling;
		}
	}
}

/* Children are in order of start, so their union is one sweep. */
static uint64_t self_time(const struct lsp_tree *t, size_t i)
{
	const struct lsp_span *spans = t->trace->spans;
	uint64_t end = spans[i].end_ns, covered_to = spans[i].start_ns, self = 0;
	for (size_t c = t->nodes[i].first_child; c != LSP_TREE_NONE; c = t->nodes[c].next_sibling) {
		uint64_t from = spans[c].start_ns, to = spans[c].end_ns;
		if (from >= end)
			break;
		if (from > covered_to)
			self += from - covered_to;
		if (to < from)
			to = from;
		if (to > covered_to)
			covered_to = to;
	}
	return covered_to < end ? self + (end - covered_to) : self;
}

/* A counting sort: logs keep their order within a span. */
static void attach_logs(struct lsp_tree *t, const struct id_map *map, size_t *span_of)
{
	const struct lsp_trace *trace = t->trace;
	for (size_t k = 0; k < trace->n_logs; k++) {
		span_of[k] = map_find(map, trace->logs[k].span_id);
		if (span_of[k] != LSP_TREE_NONE)
			t->nodes[span_of[k]].n_logs++;
		else
			t->loose_logs[t->n_loose_logs++] = k;
	}
	size_t at = 0;
	for (size_t k = 0; k < trace->n_spans; k++) {
		struct lsp_tree_node *node = &t->nodes[t->order[k]];
		node->first_log = at;
		at += node->n_logs;
		node->n_logs = 0;
	}
	for (size_t k = 0; k < trace->n_logs; k++) {
		if (span_of[k] == LSP_TREE_NONE)
			continue;
		struct lsp_tree_node *node = &t->nodes[span_of[k]];
		t->logs_by_span[node->first_log + node->n_logs++] = k;
	}
}

static void find_bounds(struct lsp_tree *t)
{
	const struct lsp_trace *trace = t->trace;
	size_t n = trace->n_spans ? trace->n_spans : trace->n_logs;
	for (size_t i = 0; i < n; i++) {
		uint64_t start = trace->n_spans ? trace->spans[i].start_ns : trace->logs[i].time_ns;
		uint64_t end = trace->n_spans ? trace->spans[i].end_ns : start;
		if (i == 0 || start < t->start_ns)
			t->start_ns = start;
		if (end > t->end_ns)
			t->end_ns = end;
	}
	if (t->end_ns < t->start_ns)
		t->end_ns = t->start_ns;
}

/* calloc(0) may be NULL, which is not a lack of memory. */
static void *array(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

int lsp_tree_build(struct lsp_tree *ret, const struct lsp_trace *trace)
{
	size_t n = trace->n_spans;
	struct lsp_tree t = { .trace = trace };
	struct id_map map = { 0 };
	size_t *sorted = array(n, sizeof(size_t)), *rank = array(n, sizeof(size_t));
	size_t *scratch = array(n > trace->n_logs ? n : trace->n_logs, sizeof(size_t));
	t.nodes = array(n, sizeof(*t.nodes));
	t.roots = array(n, sizeof(size_t));
	t.order = array(n, sizeof(size_t));
	t.logs_by_span = array(trace->n_logs, sizeof(size_t));
	t.loose_logs = array(trace->n_logs, sizeof(size_t));
	int rc = -ENOMEM;
	if (sorted && rank && scratch && t.nodes && t.roots && t.order && t.logs_by_span &&
		t.loose_logs)
		rc = map_init(&map, trace);
	if (rc == 0) {
		for (size_t i = 0; i < n; i++)
			sorted[i] = i;
		qsort_r(sorted, n, sizeof(size_t), by_start, trace->spans);
		for (size_t i = 0; i < n; i++)
			rank[sorted[i]] = i;
		link_parents(&t, &map);
		link_jobs(&t, scratch);
		cut_cycles(&t, rank, scratch);
		link_children(&t, sorted);
		walk(&t);
		for (size_t i = 0; i < n; i++)
			t.nodes[i].self_ns = self_time(&t, i);
		attach_logs(&t, &map, scratch);
		find_bounds(&t);
		*ret = t;
	} else {
		lsp_tree_release(&t);
	}
	free(map.slots);
	free(scratch);
	free(rank);
	free(sorted);
	return rc;
}

void lsp_tree_release(struct lsp_tree *t)
{
	free(t->nodes);
	free(t->roots);
	free(t->order);
	free(t->logs_by_span);
	free(t->loose_logs);
	*t = (struct lsp_tree){ 0 };
}
