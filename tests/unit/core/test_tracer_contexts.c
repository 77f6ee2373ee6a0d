/* Records of tracers as their formats say, right and wrong. */
#include "lib/core/elastic_context.h"
#include "lib/core/labels_context.h"
#include "lib/core/node_context.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const uint8_t trace[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
static const uint8_t span[8] = { 21, 22, 23, 24, 25, 26, 27, 28 };

static void expect_ids(const struct lsp_context *c, unsigned source)
{
	cr_assert_eq(memcmp(c->trace_id, trace, 16), 0);
	cr_assert_eq(memcmp(c->span_id, span, 8), 0);
	cr_assert_eq(c->source, source);
}

/* ---- elastic --------------------------------------------------------------------------------- */

static void elastic_record(uint8_t r[37])
{
	memset(r, 0, 37);
	r[0] = 1;
	r[2] = 1;
	r[3] = 1;
	r[4] = 1;
	memcpy(r + 5, trace, 16);
	memcpy(r + 21, span, 8);
}

Test(elastic, reads_a_valid_record)
{
	uint8_t bytes[38], *record = bytes + 1; /* unaligned, as the format allows */
	struct lsp_context c;
	elastic_record(record);
	record[2] = 200;
	cr_assert(lsp_elastic_context_read(&record, &c));
	expect_ids(&c, LSP_SOURCE_ELASTIC);
	cr_assert_eq(c.flags, 1);
}

static const struct {
	const char *what;
	int at, n, value;
} bad_elastic[] = {
	{ "being updated", 2, 1, 0 },
	{ "no trace", 3, 1, 0 },
	{ "trace present is no flag", 3, 1, 9 },
	{ "trace id of zeros", 5, 16, 0 },
	{ "span id of zeros", 21, 8, 0 },
	{ "no layout version", 0, 2, 0 },
};

Test(elastic, leaves_alone_what_is_not_valid)
{
	for (size_t i = 0; i < sizeof(bad_elastic) / sizeof(bad_elastic[0]); i++) {
		uint8_t record[37], *slot = record;
		struct lsp_context c = { .flags = 77 };
		elastic_record(record);
		memset(record + bad_elastic[i].at, bad_elastic[i].value, (size_t)bad_elastic[i].n);
		cr_assert_not(lsp_elastic_context_read(&slot, &c), "%s", bad_elastic[i].what);
		cr_assert_eq(c.flags, 77);
	}
	uint8_t *none = NULL;
	struct lsp_context c;
	cr_assert_not(lsp_elastic_context_read(&none, &c));
}

/* ---- custom-labels --------------------------------------------------------------------------- */

struct label {
	size_t key_bytes;
	const char *key;
	size_t value_bytes;
	const char *value;
};
struct set {
	struct label *storage;
	size_t count, capacity;
};
#define LABEL(k, v)                                                                                \
	{                                                                                          \
		sizeof(k) - 1, k, sizeof(v) - 1, v                                                 \
	}
#define TRACE "0102030405060708090a0b0c0d0e0f10"
#define SPAN  "15161718191a1b1c"

static const struct {
	const char *what;
	struct label labels[4];
	bool found;
} sets[] = {
	{ "both", { LABEL("trace_id", TRACE), LABEL("span_id", SPAN) }, true },
	{ "upper case",
		{ LABEL("trace_id", "0102030405060708090A0B0C0D0E0F10"), LABEL("span_id", SPAN) },
		true },
	{ "among others",
		{ LABEL("a", "b"), { 0 }, LABEL("span_id", SPAN), LABEL("trace_id", TRACE) },
		true },
	{ "the first of two counts",
		{ LABEL("trace_id", TRACE), LABEL("trace_id", "x"), LABEL("span_id", SPAN) },
		true },
	{ "the first of two is bad",
		{ LABEL("trace_id", "x"), LABEL("trace_id", TRACE), LABEL("span_id", SPAN) },
		false },
	{ "no span", { LABEL("trace_id", TRACE) }, false },
	{ "no trace", { LABEL("span_id", SPAN) }, false },
	{ "other names", { LABEL("traceid", TRACE), LABEL("span_id", SPAN) }, false },
	{ "a name that goes on", { LABEL("trace_id2", TRACE), LABEL("span_id", SPAN) }, false },
	{ "31 digits",
		{ LABEL("trace_id", "0102030405060708090a0b0c0d0e0f1"), LABEL("span_id", SPAN) },
		false },
	{ "34 digits", { LABEL("trace_id", TRACE "11"), LABEL("span_id", SPAN) }, false },
	{ "no hex",
		{ LABEL("trace_id", "0102030405060708090a0b0c0d0e0fxx"), LABEL("span_id", SPAN) },
		false },
	{ "zeros",
		{ LABEL("trace_id", "00000000000000000000000000000000"), LABEL("span_id", SPAN) },
		false },
	{ "span of zeros", { LABEL("trace_id", TRACE), LABEL("span_id", "0000000000000000") },
		false },
	{ "empty value", { LABEL("trace_id", ""), LABEL("span_id", SPAN) }, false },
	{ "no value", { { 8, "trace_id", 32, NULL }, LABEL("span_id", SPAN) }, false },
};

Test(labels, finds_the_two_names)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct label labels[4];
		struct set set = { labels, 4, 4 }, *slot = &set;
		struct lsp_context c = { .flags = 77 };
		memcpy(labels, sets[i].labels, sizeof(labels));
		bool found = lsp_labels_context_read(&slot, &c);
		cr_assert_eq(found, sets[i].found, "%s", sets[i].what);
		if (found)
			expect_ids(&c, LSP_SOURCE_LABELS);
		else
			cr_assert_eq(c.flags, 77);
	}
}

Test(labels, takes_sets_that_are_empty_or_odd_for_none)
{
	struct label one[1] = { LABEL("trace_id", TRACE) };
	struct set odd[] = { { NULL, 3, 4 }, { one, 0, 4 }, { one, 5, 1 } }, *none = NULL;
	struct lsp_context c;
	cr_assert_not(lsp_labels_context_read(&none, &c));
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct set *slot = &odd[i];
		cr_assert_not(lsp_labels_context_read(&slot, &c));
	}
}

/* ---- node ------------------------------------------------------------------------------------ */

/* A continuation's Map as V8 lays it out: two buckets, four entries. */
struct heap {
	uint64_t word; /* the isolate's */
	uint64_t handle; /* the key */
	uint64_t frame[8];
	uint64_t table[2 + 3 + 2 + 3 * 4];
	uint64_t wrapper[8];
	uint8_t record[28 + 8];
	struct {
		uint64_t word_at, key_at;
		int32_t hash;
		uint8_t record_offset, reserved[3];
		uint64_t undefined;
	} slot;
};

#define SMI(n) ((uint64_t)(n) << 32)

static uint64_t tagged(const void *at)
{
	return (uint64_t)(uintptr_t)at | 1;
}

static void make_heap(struct heap *h)
{
	memset(h, 0, sizeof(*h));
	h->slot.undefined = 0xdead01;
	h->slot.word_at = (uint64_t)(uintptr_t)&h->word;
	h->slot.key_at = (uint64_t)(uintptr_t)&h->handle;
	h->slot.hash = 5; /* bucket 1 */
	h->slot.record_offset = 32;
	h->word = tagged(h->frame);
	h->handle = 0x7001;
	h->frame[3] = tagged(h->table);
	uint64_t *t = h->table;
	t[1] = SMI(3 + 2 + 3 * 4);
	t[2] = SMI(2); /* elements */
	t[3] = SMI(0);
	t[4] = SMI(2); /* buckets */
	t[5] = 0xdead01; /* bucket 0: empty, no small integer */
	t[6] = SMI(1); /* bucket 1: entry 1, then entry 0 */
	t[7] = h->handle;
	t[8] = tagged(h->wrapper);
	t[9] = 0xdead01;
	t[10] = 0x6001;
	t[11] = 0xdead01;
	t[12] = SMI(0);
	h->wrapper[4] = (uint64_t)(uintptr_t)h->record;
	memcpy(h->record, trace, 16);
	memcpy(h->record + 16, span, 8);
	h->record[24] = 1;
}

Test(node, walks_to_the_record)
{
	struct heap h;
	struct lsp_context c;
	struct lsp_node_found found = { 0 };
	make_heap(&h);
	errno = 123;
	cr_assert(lsp_node_context_read(&h.slot, &c, &found));
	cr_assert_eq(errno, 123);
	expect_ids(&c, LSP_SOURCE_NODE);
	cr_assert_eq(found.record, (uintptr_t)h.record);
	cr_assert(lsp_node_context_read(&h.slot, &c, &found), "again, by what is known");
}

Test(node, attributes_are_read_while_the_record_is_the_same)
{
	static const uint8_t two[] = { 0, 1, 'a', 7, 2, 'b', 'c' };
	struct heap h;
	struct lsp_context c;
	uint8_t got[LSP_THREAD_ATTRS_MAX];
	struct lsp_node_found found = { 0 };
	make_heap(&h);
	h.record[26] = sizeof(two);
	memcpy(h.record + 28, two, sizeof(two));
	cr_assert(lsp_node_context_read(&h.slot, &c, &found));
	cr_assert_eq(lsp_node_context_attrs(found.record, &c, got), sizeof(two));
	cr_assert_arr_eq(got, two, sizeof(two));
	h.record[0] ^= 1;
	cr_assert_eq(lsp_node_context_attrs(found.record, &c, got), 0, "another trace");
	h.record[0] ^= 1;
	h.record[24] = 0;
	cr_assert_eq(lsp_node_context_attrs(found.record, &c, got), 0, "over");
	cr_assert_eq(lsp_node_context_attrs(0, &c, got), 0);
	cr_assert_eq(lsp_node_context_attrs(UINTPTR_MAX - 8, &c, got), 0);
}

/* Each word of the walk, set to something else: no context, and no crash. */
Test(node, ends_at_whatever_is_wrong)
{
	static const uint64_t odd[] = { 0, 1, 8, 9, 0xdead01, 0xffffffffffffffff,
		0x8000000000000001, 0x4141414141414141, SMI(1) + 1, SMI(1000000), SMI(0x80000000) };
	struct heap h;
	uint64_t *steps[] = { &h.slot.word_at, &h.slot.key_at, &h.word, &h.handle, &h.frame[3],
		&h.table[1], &h.table[4], &h.table[6], &h.table[7], &h.table[8], &h.table[12],
		&h.wrapper[4] };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (size_t j = 0; j < sizeof(odd) / sizeof(odd[0]); j++) {
			struct lsp_context c = { .flags = 77 };
			struct lsp_node_found found = { .record = 77 };
			make_heap(&h);
			/* A longer table and a longer chain are as good. */
			if (odd[j] == *steps[i] || (steps[i] == &h.table[1] && odd[j] > *steps[i]))
				continue;
			*steps[i] = odd[j];
			if (lsp_node_context_read(&h.slot, &c, &found))
				cr_assert(steps[i] == &h.table[6] && odd[j] == 0, "step %zu, %zu",
					i, j);
			else
				cr_assert(c.flags == 77 && found.record == 77);
		}
	}
}

Test(node, leaves_alone_what_is_closed_detached_or_over)
{
	struct heap h;
	struct lsp_context c;
	struct lsp_node_found found = { 0 };
	make_heap(&h);
	h.word = h.slot.undefined;
	cr_assert_not(lsp_node_context_read(&h.slot, &c, &found));
	make_heap(&h);
	h.table[8] = h.slot.undefined;
	cr_assert_not(lsp_node_context_read(&h.slot, &c, &found));
	make_heap(&h);
	h.record[24] = 0;
	cr_assert_not(lsp_node_context_read(&h.slot, &c, &found));
	make_heap(&h);
	h.slot.record_offset = 33;
	cr_assert_not(lsp_node_context_read(&h.slot, &c, &found));
	make_heap(&h);
	h.table[7] = 0x5001; /* a circle that never holds the key */
	h.table[9] = SMI(1);
	cr_assert_not(lsp_node_context_read(&h.slot, &c, &found));
}
