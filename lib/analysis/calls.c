#include "calls.h"

#include <errno.h>
#include <stdlib.h>

struct lsp_calls_slot {
	uint64_t key;
	size_t round; /* the slot is free when this is not the current one */
	size_t group;
};

/* FNV-1a, behind what came before; the end of a text counts, too. NULL is "". */
static uint64_t mix(uint64_t h, const char *text)
{
	text = text ? text : "";
	do {
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	} while (*text++);
	return h;
}

int lsp_calls_init(struct lsp_calls *c, const struct lsp_tree *t)
{
	size_t n = t->trace->n_spans, slots = 16;
	while (slots < 2 * n)
		slots *= 2;
	*c = (struct lsp_calls){ .t = t, .mask = slots - 1 };
	c->keys = malloc((n + 1) * sizeof(*c->keys));
	c->spans = malloc((n + 1) * sizeof(*c->spans));
	c->groups = malloc((n + 1) * sizeof(*c->groups));
	c->group_of = malloc((n + 1) * sizeof(*c->group_of));
	c->slots = calloc(slots, sizeof(*c->slots));
	if (!c->keys || !c->spans || !c->groups || !c->group_of || !c->slots) {
		lsp_calls_release(c);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct lsp_span *s = &t->trace->spans[i];
		c->keys[i] = mix(mix(0xcbf29ce484222325u + s->kind, s->service), s->name);
	}
	return 0;
}

void lsp_calls_release(struct lsp_calls *c)
{
	free(c->keys);
	free(c->spans);
	free(c->groups);
	free(c->group_of);
	free(c->slots);
	*c = (struct lsp_calls){ 0 };
}

static size_t find_group(struct lsp_calls *c, uint64_t key)
{
	size_t at = (size_t)(key ^ key >> 32) & c->mask;
	while (c->slots[at].round == c->round && c->slots[at].key != key)
		at = (at + 1) & c->mask;
	if (c->slots[at].round != c->round) {
		c->slots[at] = (struct lsp_calls_slot){ key, c->round, c->n_groups };
		c->groups[c->n_groups++] = 0;
	}
	return c->slots[at].group;
}

/* A counting sort. */
void lsp_calls_below(struct lsp_calls *c, size_t parent)
{
	const struct lsp_tree_node *nodes = c->t->nodes;
	size_t k = 0, sum = 0;
	c->round++;
	c->n_groups = 0;
	for (size_t i = nodes[parent].first_child; i != LSP_TREE_NONE; i = nodes[i].next_sibling) {
		c->group_of[k] = find_group(c, c->keys[i]);
		c->groups[c->group_of[k++]]++;
	}
	for (size_t g = 0; g < c->n_groups; g++) {
		size_t n = c->groups[g];
		c->groups[g] = sum;
		sum += n;
	}
	k = 0;
	/* Each group's number moves from its beginning to its end. */
	for (size_t i = nodes[parent].first_child; i != LSP_TREE_NONE; i = nodes[i].next_sibling)
		c->spans[c->groups[c->group_of[k++]]++] = i;
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

bool lsp_calls_equal(const struct lsp_span *a, const struct lsp_span *b)
{
	static const char *const says[] = { "server.address", "net.peer.name", "peer.service",
		"url.full", "http.url", "db.query.text", "db.statement" };
	if (a->kind != b->kind || !same_text(a->service, b->service) ||
		!same_text(a->name, b->name))
		return false;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		const json_t *x = json_object_get(a->attributes, says[i]);
		const json_t *y = x ? json_object_get(b->attributes, says[i]) : NULL;
		if (x && y && !json_equal(x, y))
			return false;
	}
	return true;
}
