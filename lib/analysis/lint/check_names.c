/* Rules on span names: how many there are, and whether they say anything. */
#include "rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define NAME_BYTES_MAX 200
#define SAME_SHAPE_MAX 10 /* names that differ in digits and ids only */
#define LONG_HEX_CHARS 12

/* A service's name, without what varies; and how many names have this shape. */
struct shape_key {
	uint32_t service, shape;
};

/* "GET /users/17/orders/4bf92f3577b3" → "GET /users/#/orders/#" */
static size_t shape_of(struct lsp_slice name, char out[NAME_BYTES_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < name.len && n < NAME_BYTES_MAX;) {
		size_t from = i;
		bool digit = false, hex = true;
		while (i < name.len && (isalnum((unsigned char)name.at[i]) || name.at[i] == '-')) {
			digit = digit || isdigit((unsigned char)name.at[i]);
			hex = hex && (isxdigit((unsigned char)name.at[i]) || name.at[i] == '-');
			i++;
		}
		if (i == from) {
			out[n++] = name.at[i++];
		} else if (digit && (hex || i - from >= LONG_HEX_CHARS)) {
			out[n++] = '#';
		} else {
			for (size_t j = from; j < i && n < NAME_BYTES_MAX; j++)
				out[n++] = name.at[j];
		}
	}
	return n;
}

static bool equals_any(struct lsp_slice name, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (name.len == strlen(words[i]) && strncasecmp(name.at, words[i], name.len) == 0)
			return true;
	return false;
}

static bool is_number_or_id(struct lsp_slice name)
{
	bool digit = false;
	for (size_t i = 0; i < name.len; i++) {
		if (!isxdigit((unsigned char)name.at[i]) && name.at[i] != '-')
			return false;
		digit = digit || isdigit((unsigned char)name.at[i]);
	}
	return digit;
}

static bool says_nothing(struct lsp_slice name)
{
	static const char *const words[] = { "", "/", "span", "unknown", "unnamed", "undefined",
		"null", "none", "root", "test", "operation", "function", "handler", "request",
		"default", "anonymous", "<anonymous>", "main" };
	return equals_any(name, words, sizeof(words) / sizeof(words[0])) || is_number_or_id(name) ||
	       (name.len > 8 && memmem(name.at, name.len, "://", 3)) ||
	       memchr(name.at, '?', name.len);
}

static bool is_first_of(uint8_t *seen, uint32_t number)
{
	bool first = !seen[number];
	seen[number] = 1;
	return first;
}

struct names {
	struct lsp_lint *l;
	struct lsp_interns pairs, shapes, keys; /* {service, name}, shape texts, shape_key */
	uint32_t *shape_of_pair; /* numbers of keys */
	uint32_t *n_of_key;
	uint8_t *seen; /* pairs */
};

/* Every pair of service and name once; counts how many names share a shape. */
static int count_shapes(struct names *k)
{
	struct lsp_window *w = &k->l->window;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		uint32_t pair[2] = { w->spans[i].service, w->spans[i].name }, at;
		char shape[NAME_BYTES_MAX];
		struct shape_key key = { .service = pair[0] };
		int rc = lsp_interns_add(&k->pairs, pair, sizeof(pair), &at);
		if (rc)
			return rc;
		if (!is_first_of(k->seen, at))
			continue;
		size_t n = shape_of(lsp_interns_get(&k->l->vocabulary.names, pair[1]), shape);
		rc = lsp_interns_add(&k->shapes, shape, n, &key.shape);
		rc = rc ? rc : lsp_interns_add(&k->keys, &key, sizeof(key), &k->shape_of_pair[at]);
		if (rc)
			return rc;
		k->n_of_key[k->shape_of_pair[at]]++;
	}
	return 0;
}

static int judge(struct names *k)
{
	struct lsp_window *w = &k->l->window;
	for (uint32_t i = 0; i < w->n_spans; i++) {
		const struct lsp_window_span *s = &w->spans[i];
		uint32_t pair[2] = { s->service, s->name }, at;
		int rc = lsp_interns_add(&k->pairs, pair, sizeof(pair), &at);
		if (rc)
			return rc;
		struct lsp_slice name = lsp_interns_get(&k->l->vocabulary.names, s->name);
		lsp_lint_count(k->l, LSP_RULE_SPA_003, s->service,
			k->n_of_key[k->shape_of_pair[at]] > SAME_SHAPE_MAX, name, s->trace);
		lsp_lint_count(k->l, LSP_RULE_NAME, s->service, says_nothing(name),
			name.len ? name : LSP_SLICE("(empty)"), s->trace);
	}
	return 0;
}

int lsp_lint_check_names(struct lsp_lint *l)
{
	struct names k = { .l = l };
	size_t n = l->window.n_spans + 1;
	lsp_interns_init(&k.pairs, 64u << 20);
	lsp_interns_init(&k.shapes, 64u << 20);
	lsp_interns_init(&k.keys, 64u << 20);
	k.shape_of_pair = calloc(n, sizeof(*k.shape_of_pair));
	k.n_of_key = calloc(n, sizeof(*k.n_of_key));
	k.seen = calloc(n, 1);
	int rc = k.shape_of_pair && k.n_of_key && k.seen ? count_shapes(&k) : -ENOMEM;
	rc = rc ? rc : judge(&k);
	free(k.shape_of_pair);
	free(k.n_of_key);
	free(k.seen);
	lsp_interns_release(&k.pairs);
	lsp_interns_release(&k.shapes);
	lsp_interns_release(&k.keys);
	return rc == -E2BIG ? 0 : rc;
}
