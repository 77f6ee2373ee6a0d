/* A spool of its own for each process of a test, made before the library looks for one, and a look
 * at the records that the library puts there. */
#ifndef LSP_TESTS_RING_LOOK_H
#define LSP_TESTS_RING_LOOK_H

#include "lib/public.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef TEST_TRACEPARENT
#define TEST_TRACEPARENT ""
#endif

static char spool[64] = "/tmp/lsp-public-XXXXXX";

/* 101 is the first priority that programs may use; the library's constructors have none. */
__attribute__((constructor(101))) static void make_spool(void)
{
	if (!mkdtemp(spool))
		abort();
	setenv("LINESPAN_DIR", spool, 1);
	setenv("LINESPAN_SERVICE", "shop", 1);
	setenv("TRACEPARENT", TEST_TRACEPARENT, 1);
}

__attribute__((destructor(101))) static void remove_spool(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf %s", spool);
	if (system(command))
		perror(command);
}

/* Committed record number i of this process's ring, NULL when there are fewer. */
static inline const void *record_at(unsigned i, enum lsp_record_type *ret_type)
{
	struct lsp_ring_header *h = lsp_public_ring()->map;
	uint64_t at = 0;

	for (;;) {
		struct lsp_ring_common *r =
			(void *)((char *)h + LSP_RING_HEADER_BYTES + at % h->data_bytes);
		uint64_t word = atomic_load(&r->word);

		if (at >= atomic_load(&h->head))
			return NULL;
		cr_assert_eq(word >> 32, lsp_ring_check(at, h->key), "not committed");
		*ret_type = (enum lsp_record_type)(word & 0xff);
		if (i-- == 0)
			return r;
		at += (word >> 8 & 0xffffff) << 3;
	}
}

static inline unsigned records(void)
{
	enum lsp_record_type type;
	unsigned n = 0;

	while (record_at(n, &type))
		n++;
	return n;
}

/* "key=value key=value" of encoded attributes; integers as decimal. */
static inline void attrs_text(const uint8_t *at, size_t n, char *out)
{
	*out = 0;
	for (const uint8_t *end = at + n; at < end;) {
		uint16_t value_bytes;
		int64_t number;

		memcpy(&value_bytes, at + 2, 2);
		out += sprintf(out, "%.*s=", at[1], at + 4);
		memcpy(&number, at + 4 + at[1], at[0] == LSP_ATTR_INT ? 8 : 0);
		if (at[0] == LSP_ATTR_INT)
			out += sprintf(out, "%lld", (long long)number);
		else
			out += sprintf(out, "%.*s", value_bytes, at + 4 + at[1]);
		at += 4 + at[1] + value_bytes;
		if (at < end)
			out += sprintf(out, " ");
	}
}

#endif
