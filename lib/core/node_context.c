#include "node_context.h"
#include "thread_context.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* V8's OrderedHashMap: a FixedArray of words, its length before them. */
#define MAP_TABLE    24 /* offset of the table in the Map */
#define TABLE_LENGTH 8
#define TABLE_WORDS  16
#define HEAD_WORDS   3 /* elements, deleted ones, buckets */
#define ENTRY_WORDS  3 /* key, value, next in the bucket */
#define TABLE_MAX    128 /* words that are read: far more than a frame has */
#define BUCKETS_MAX  64

struct discovery {
	uint64_t word_at, key_at;
	int32_t hash;
	uint8_t record_offset, reserved[3];
	uint64_t undefined;
};
_Static_assert(sizeof(struct discovery) == 32, "otel_thread_ctx_nodejs_v1");

struct table {
	uint64_t length; /* a small integer */
	uint64_t words[TABLE_MAX];
};

/* How many of the n bytes at an address that may not exist could be read. */
static size_t look(uint64_t address, void *to, size_t n)
{
	struct iovec local = { to, n }, remote = { (void *)(uintptr_t)address, n };
	long pid = syscall(SYS_getpid);
	long got = syscall(SYS_process_vm_readv, pid, &local, 1L, &remote, 1L, 0L);

	return got > 0 ? (size_t)got : 0;
}

static bool look_word(uint64_t address, uint64_t *ret)
{
	return look(address, ret, sizeof(*ret)) == sizeof(*ret);
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

/* The value of a key, or false. n: words of the table that were read. */
static bool find(const struct table *t, size_t n, uint64_t key, int32_t hash, uint64_t *ret)
{
	uint64_t length, elements, deleted, buckets, entry;

	if (n < HEAD_WORDS || !small(t->length, UINT32_MAX, &length) ||
		!small(t->words[0], TABLE_MAX, &elements) ||
		!small(t->words[1], TABLE_MAX, &deleted) ||
		!small(t->words[2], BUCKETS_MAX, &buckets))
		return false;
	if (buckets == 0 || (buckets & (buckets - 1)) ||
		length < HEAD_WORDS + buckets + ENTRY_WORDS * 2 * buckets)
		return false;
	uint64_t head = HEAD_WORDS + ((uint32_t)hash & (buckets - 1));
	if (head >= n || !small(t->words[head], 2 * buckets, &entry))
		return false;
	for (uint64_t step = 0; step <= elements + deleted && entry < 2 * buckets; step++) {
		uint64_t at = HEAD_WORDS + buckets + ENTRY_WORDS * entry;
		if (at + ENTRY_WORDS > n)
			return false;
		if (t->words[at] == key) {
			*ret = t->words[at + 1];
			return true;
		}
		if (!small(t->words[at + 2], 2 * buckets, &entry))
			return false;
	}
	return false;
}

static bool walk(const struct discovery *d, uint64_t *ret_record)
{
	uint64_t frame, key, at, value;
	struct table table;

	if (d->record_offset % 8 || !look_word(d->word_at, &frame) || frame == d->undefined ||
		!is_pointer(frame) || !look_word(d->key_at, &key) || !is_pointer(key))
		return false;
	if (!look_word(untag(frame) + MAP_TABLE, &at) || !is_pointer(at))
		return false;
	size_t got = look(untag(at) + TABLE_LENGTH, &table, sizeof(table));
	_Static_assert(TABLE_WORDS == TABLE_LENGTH + 8, "the words follow the length");
	if (got < sizeof(table.length) || !find(&table, got / 8 - 1, key, d->hash, &value) ||
		value == d->undefined || !is_pointer(value))
		return false;
	return look_word(untag(value) + d->record_offset, ret_record) && *ret_record;
}

bool lsp_node_context_read(const void *slot, struct lsp_context *ret)
{
	struct discovery d;
	struct {
		uint8_t bytes[28];
	} head;
	struct lsp_thread_record record;
	const void *const record_slot = &record;
	uint64_t at;
	int saved = errno;

	memcpy(&d, slot, sizeof(d));
	bool found = d.word_at && d.key_at && walk(&d, &at) &&
		     look(at, &head, sizeof(head)) == sizeof(head);
	errno = saved;
	if (!found)
		return false;
	memset(&record, 0, sizeof(record));
	memcpy(&record, &head, sizeof(head));
	if (!lsp_thread_context_read(&record_slot, ret))
		return false;
	ret->source = LSP_SOURCE_NODE;
	return true;
}
