#include "labels_context.h"
#include "hex.h"

#include <stddef.h>

struct label {
	size_t key_bytes;
	const char *key;
	size_t value_bytes;
	const char *value;
};

struct set {
	const struct label *storage;
	size_t count, capacity;
};

static const struct label *find(const struct set *s, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < s->count && i < LSP_LABELS_MAX; i++) {
		const struct label *l = &s->storage[i];
		if (l->key && l->key_bytes == n && memcmp(l->key, key, n) == 0)
			return l;
	}
	return NULL;
}

/* Tracers write 64 bits of a trace id as 16 digits, too. */
static bool read_id(const struct label *l, uint8_t *id, size_t n)
{
	if (!l || !l->value || l->value_bytes == 0 || l->value_bytes > 2 * n ||
		(l->value_bytes != 2 * n && l->value_bytes != LSP_SPAN_ID_HEX))
		return false;
	size_t bytes = l->value_bytes / 2;
	return lsp_hex_decode(id + n - bytes, l->value, bytes) == 0;
}

bool lsp_labels_context_read(const void *slot, struct lsp_context *ret)
{
	const struct set *s = *(const struct set *const *)slot;
	struct lsp_context c;

	if (!s || !s->storage || s->count == 0 || s->count > s->capacity)
		return false;
	memset(&c, 0, sizeof(c));
	if (!read_id(find(s, "trace_id"), c.trace_id, LSP_TRACE_ID_BYTES) ||
		!read_id(find(s, "span_id"), c.span_id, LSP_SPAN_ID_BYTES))
		return false;
	c.flags = LSP_FLAG_SAMPLED;
	c.source = LSP_SOURCE_LABELS;
	if (!lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		return false;
	*ret = c;
	return true;
}
