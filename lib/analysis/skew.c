#include "skew.h"
#include "window/interns.h"

#include <errno.h>
#include <stdlib.h>

#define HOSTS_BYTES_MAX (64u * 1024 * 1024)
#define MILLISECOND     1000000
#define CACHE_SLOTS     64 /* of resources: many spans share one */

/* What the calls between two hosts allow the second one's clock to lack beside the first's. */
struct bounds {
	int64_t least, most;
	int64_t slack; /* by how much the times may be coarse */
	uint64_t shortest_ns; /* of the calls */
	bool has_least, has_most;
};

struct clocks {
	const struct lsp_tree *t;
	uint32_t *host_of;
	struct lsp_interns names, pairs;
	struct lsp_skew_host *hosts;
	struct bounds *bounds; /* by pair */
	size_t cap_hosts, cap_bounds;
	const json_t *cached[CACHE_SLOTS];
	uint32_t cached_host[CACHE_SLOTS];
};

/* Room for element n of an array that doubles. */
static int grow(void **array, size_t *cap, size_t n, size_t size)
{
	if (n < *cap)
		return 0;
	size_t more = *cap ? *cap * 2 : 16;
	void *grown = reallocarray(*array, more, size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*cap = more;
	return 0;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static void name_host(
	const json_t *resource, const char *service, const char **ret_kind, const char **ret_name)
{
	static const char *const kinds[] = { "host.id", "host.name", "k8s.node.name",
		"service.instance.id", "k8s.pod.name", "container.id" };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = json_string_value(json_object_get(resource, kinds[i]));
		if (name && *name) {
			*ret_kind = kinds[i];
			*ret_name = name;
			return;
		}
	}
	*ret_kind = "service";
	*ret_name = service ? service : "";
}

static int find_host(struct clocks *c, const json_t *resource, const char *service, uint32_t *ret)
{
	size_t slot = ((uintptr_t)resource >> 5) % CACHE_SLOTS;
	const char *kind, *name;
	if (resource && c->cached[slot] == resource) {
		*ret = c->cached_host[slot];
		return 0;
	}
	name_host(resource, service, &kind, &name);
	uint32_t before = c->names.n;
	int rc = lsp_interns_add(&c->names, name, strlen(name), ret);
	if (rc == 0)
		rc = grow((void **)&c->hosts, &c->cap_hosts, *ret, sizeof(*c->hosts));
	if (rc)
		return -ENOMEM;
	if (c->names.n > before)
		c->hosts[*ret] = (struct lsp_skew_host){ .kind = kind, .name = name };
	/* A resource that names no host is shared by services. */
	if (strcmp(kind, "service") != 0) {
		c->cached[slot] = resource;
		c->cached_host[slot] = *ret;
	}
	return 0;
}

/* ---- bounds ---------------------------------------------------------------------------------- */

/* One clock in whole milliseconds beside a finer one; two coarse ones keep their order. */
static int64_t slack_of(const struct lsp_span *a, const struct lsp_span *b)
{
	return (a->start_ns % MILLISECOND == 0) == (b->start_ns % MILLISECOND == 0) ? 0
										    : MILLISECOND;
}

/* x: what the child's clock lacks beside the parent's. */
static bool bounds_of(const struct lsp_span *p, const struct lsp_span *s, struct bounds *ret)
{
	if (p->kind == LSP_KIND_PRODUCER || s->kind == LSP_KIND_CONSUMER || p->start_ns == 0 ||
		s->start_ns == 0 || p->end_ns < p->start_ns || s->end_ns < s->start_ns)
		return false;
	uint64_t parent = p->end_ns - p->start_ns, child = s->end_ns - s->start_ns;
	*ret = (struct bounds){ .has_least = true, .shortest_ns = child, .slack = slack_of(p, s) };
	ret->least = (int64_t)(p->start_ns - s->start_ns);
	if (p->kind == LSP_KIND_CLIENT && p->status != LSP_STATUS_ERROR && child <= parent) {
		ret->has_most = true;
		ret->most = (int64_t)(p->end_ns - s->end_ns);
	}
	return true;
}

static struct bounds turned(const struct bounds *b)
{
	return (struct bounds){ .has_least = b->has_most,
		.least = -b->most,
		.has_most = b->has_least,
		.most = -b->least,
		.slack = b->slack,
		.shortest_ns = b->shortest_ns };
}

static void narrow(struct bounds *b, const struct bounds *by)
{
	if (by->has_least && (!b->has_least || by->least > b->least)) {
		b->least = by->least;
		b->has_least = true;
	}
	if (by->has_most && (!b->has_most || by->most < b->most)) {
		b->most = by->most;
		b->has_most = true;
	}
	if (by->slack > b->slack)
		b->slack = by->slack;
	if (by->shortest_ns < b->shortest_ns)
		b->shortest_ns = by->shortest_ns;
}

/* The pair's bounds, of the higher host beside the lower one. */
static int find_pair(struct clocks *c, uint32_t a, uint32_t b, struct bounds **ret)
{
	const uint32_t key[2] = { a < b ? a : b, a < b ? b : a };
	uint32_t before = c->pairs.n, pair;
	int rc = lsp_interns_add(&c->pairs, key, sizeof(key), &pair);
	rc = rc ? rc : grow((void **)&c->bounds, &c->cap_bounds, pair, sizeof(*c->bounds));
	if (rc)
		return -ENOMEM;
	if (c->pairs.n > before)
		c->bounds[pair] = (struct bounds){ .shortest_ns = UINT64_MAX };
	*ret = &c->bounds[pair];
	return 0;
}

static bool is_guessed(const struct lsp_skew_host *h)
{
	return strcmp(h->kind, "service") == 0;
}

static int add_call(struct clocks *c, size_t parent, size_t child)
{
	const struct lsp_span *spans = c->t->trace->spans;
	uint32_t from = c->host_of[parent], to = c->host_of[child];
	struct bounds b, *of_pair;
	if (from == to || !bounds_of(&spans[parent], &spans[child], &b))
		return 0;
	/* Two services may well be on one host that nobody named, and so by one clock. */
	if (is_guessed(&c->hosts[from]) || is_guessed(&c->hosts[to]))
		b.slack = MILLISECOND;
	int rc = find_pair(c, from, to, &of_pair);
	if (rc)
		return rc;
	struct bounds other_way = turned(&b);
	narrow(of_pair, from < to ? &b : &other_way);
	return 0;
}

/* ---- offsets --------------------------------------------------------------------------------- */

static void set_offset(struct lsp_skew_host *h, int64_t base, const struct bounds *b)
{
	int64_t least = base + b->least, most = base + b->most;
	if (b->has_least && b->has_most && b->least > b->most) {
		/* Clocks drift by less than a call takes; more is no clock. */
		uint64_t apart = (uint64_t)b->least - (uint64_t)b->most;
		if (apart <= (uint64_t)b->slack)
			return;
		if (apart > b->shortest_ns)
			h->contradiction_ns = apart;
		else
			h->ns = base + b->most + (int64_t)(apart / 2);
		return;
	}
	if ((!b->has_least || least <= b->slack) && (!b->has_most || most >= -b->slack))
		return;
	if (b->has_least && b->has_most)
		h->ns = base + b->least + (int64_t)(((uint64_t)b->most - (uint64_t)b->least) / 2);
	else
		h->ns = b->has_least ? least : most;
}

/* A host is placed by the host that called it first; parents stand before their children. */
static int place_hosts(struct clocks *c)
{
	const struct lsp_tree *t = c->t;
	bool *placed = calloc(c->names.n + 1, sizeof(*placed));
	int rc = placed ? 0 : -ENOMEM;
	for (size_t k = 0; rc == 0 && k < t->trace->n_spans; k++) {
		size_t i = t->order[k], parent = t->nodes[i].parent;
		uint32_t host = c->host_of[i];
		struct bounds *b;
		if (placed[host])
			continue;
		placed[host] = true;
		if (parent == LSP_TREE_NONE)
			continue;
		uint32_t from = c->host_of[parent];
		rc = find_pair(c, from, host, &b);
		if (rc)
			break;
		struct bounds other_way = turned(b);
		set_offset(&c->hosts[host], c->hosts[from].ns, from < host ? b : &other_way);
	}
	free(placed);
	return rc;
}

int lsp_skew_find(const struct lsp_tree *t, uint32_t *host_of, struct lsp_skew_host **ret_hosts,
	size_t *ret_n)
{
	const struct lsp_trace *trace = t->trace;
	struct clocks c = { .t = t, .host_of = host_of };
	int rc = 0;
	lsp_interns_init(&c.names, HOSTS_BYTES_MAX);
	lsp_interns_init(&c.pairs, HOSTS_BYTES_MAX);
	for (size_t i = 0; rc == 0 && i < trace->n_spans; i++)
		rc = find_host(&c, trace->spans[i].resource, trace->spans[i].service, &host_of[i]);
	for (size_t i = 0; rc == 0 && c.names.n > 1 && i < trace->n_spans; i++)
		if (t->nodes[i].parent != LSP_TREE_NONE)
			rc = add_call(&c, t->nodes[i].parent, i);
	if (rc == 0 && c.names.n > 1)
		rc = place_hosts(&c);
	if (rc == 0) {
		*ret_hosts = c.hosts;
		*ret_n = c.names.n;
	} else {
		free(c.hosts);
	}
	free(c.bounds);
	lsp_interns_release(&c.names);
	lsp_interns_release(&c.pairs);
	return rc;
}
