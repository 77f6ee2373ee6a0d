#include "node_context.h"
#include "peek.h"

/* V8's OrderedHashMap: a FixedArray of words, its length before them. */
#define MAP_TABLE    24 /* offset of the table in the Map */
#define TABLE_WORDS  16
#define RECORD_BYTES 28 /* of an otel_thread_ctx_v1 record, without attributes */
#define HEAD_WORDS   3 /* elements, deleted ones, buckets */
#define ENTRY_WORDS  3 /* key, value, next in the bucket */
#define ENTRIES_MAX  128 /* far more than a frame has */
#define BUCKETS_MAX  64

struct discovery {
	uint64_t word_at, key_at;
	int32_t hash;
	uint8_t record_offset, reserved[3];
	uint64_t undefined;
};
_Static_assert(sizeof(struct discovery) == 32, "otel_thread_ctx_nodejs_v1");

/* A table's words are looked at one by one: most are never needed. */
struct table {
	struct lsp_peek *peek;
	uint64_t at; /* of its first word; the length lies before it */
};

static bool look_word(struct lsp_peek *p, uint64_t address, uint64_t *ret)
{
	return address % sizeof(*ret) == 0 && lsp_peek(p, address, ret, sizeof(*ret));
}

static bool is_pointer(uint64_t word)
{
	return (word & 1) && word > 1;
}

static uint64_t untag(uint64_t word)
{
	return word & ~(uint64_t)1;
}

/* V8's small integers have their value in the upper half. */
static bool small(uint64_t word, uint64_t max, uint64_t *ret)
{
	int64_t value = (int64_t)word >> 32;

	if ((word & 0xffffffff) || value < 0 || (uint64_t)value > max)
		return false;
	*ret = (uint64_t)value;
	return true;
}

static bool word(const struct table *t, uint64_t i, uint64_t *ret)
{
	return look_word(t->peek, t->at + i * sizeof(*ret), ret);
}

static bool small_word(const struct table *t, uint64_t i, uint64_t max, uint64_t *ret)
{
	return word(t, i, ret) && small(*ret, max, ret);
}

/* The value of a key, or false. */
static bool find(const struct table *t, uint64_t key, int32_t hash, uint64_t *ret)
{
	uint64_t length, elements, deleted, buckets, entry, here;

	if (!look_word(t->peek, t->at - sizeof(length), &length) ||
		!small(length, UINT32_MAX, &length) || !small_word(t, 0, ENTRIES_MAX, &elements) ||
		!small_word(t, 1, ENTRIES_MAX, &deleted) ||
		!small_word(t, 2, BUCKETS_MAX, &buckets))
		return false;
	if (buckets == 0 || (buckets & (buckets - 1)) ||
		length < HEAD_WORDS + buckets + ENTRY_WORDS * 2 * buckets)
		return false;
	if (!small_word(t, HEAD_WORDS + ((uint32_t)hash & (buckets - 1)), 2 * buckets, &entry))
		return false;
	for (uint64_t step = 0; step <= elements + deleted && entry < 2 * buckets; step++) {
		uint64_t at = HEAD_WORDS + buckets + ENTRY_WORDS * entry;

		if (!word(t, at, &here))
			return false;
		if (here == key)
			return word(t, at + 1, ret);
		if (!small_word(t, at + 2, 2 * buckets, &entry))
			return false;
	}
	return false;
}

static bool walk(struct lsp_peek *p, const struct discovery *d, uint64_t *ret_record)
{
	uint64_t frame, key, at, value;
	struct table table = { .peek = p };

	if (d->record_offset % 8 || !look_word(p, d->word_at, &frame) || frame == d->undefined ||
		!is_pointer(frame) || !look_word(p, d->key_at, &key) || !is_pointer(key))
		return false;
	if (!look_word(p, untag(frame) + MAP_TABLE, &at) || !is_pointer(at))
		return false;
	table.at = untag(at) + TABLE_WORDS;
	if (!find(&table, key, d->hash, &value) || value == d->undefined || !is_pointer(value))
		return false;
	return look_word(p, untag(value) + d->record_offset, ret_record) && *ret_record;
}

/* The slot's own two addresses, as pages that are known. */
static void trust(struct lsp_peek *p, const struct discovery *d, const struct lsp_node_found *found)
{
	const uint64_t page = ~(uint64_t)(LSP_PEEK_PAGE_BYTES - 1);

	if (d->word_at != found->word_at || d->key_at != found->key_at)
		return;
	p->pages[p->n++] = (uintptr_t)(d->word_at & page);
	p->pages[p->n++] = (uintptr_t)(d->key_at & page);
}

bool lsp_node_context_read(const void *slot, struct lsp_context *ret, struct lsp_node_found *found)
{
	struct discovery d;
	struct lsp_peek peek = { .n = 0 };
	struct lsp_thread_record record;
	const void *const record_slot = &record;
	uint8_t head[RECORD_BYTES];
	uint64_t at;

	memcpy(&d, slot, sizeof(d));
	trust(&peek, &d, found);
	if (!d.word_at || !d.key_at || !walk(&peek, &d, &at) ||
		!lsp_peek(&peek, at, head, sizeof(head)))
		return false;
	memset(&record, 0, sizeof(record));
	memcpy(&record, head, sizeof(head));
	if (!lsp_thread_context_read(&record_slot, ret))
		return false;
	ret->source = LSP_SOURCE_NODE;
	found->record = (uintptr_t)at;
	found->word_at = d.word_at;
	found->key_at = d.key_at;
	return true;
}

size_t lsp_node_context_attrs(
	uintptr_t at, const struct lsp_context *c, uint8_t ret[LSP_THREAD_ATTRS_MAX])
{
	struct lsp_peek peek = { .n = 0 };
	struct lsp_thread_record record;
	size_t n;

	if (!lsp_peek(&peek, at, &record, RECORD_BYTES))
		return 0;
	n = record.attrs_bytes < sizeof(record.attrs) ? record.attrs_bytes : sizeof(record.attrs);
	if (!lsp_peek(&peek, at + RECORD_BYTES, record.attrs, n))
		return 0;
	return lsp_thread_context_attrs(&record, c, ret);
}
