/* A small ring in a folder of its own, and short ways to put a line and to look at it. */
#ifndef LSP_TESTS_RING_FIXTURE_H
#define LSP_TESTS_RING_FIXTURE_H

#include "lib/core/ring.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_BYTES (64u * 1024)

static const struct lsp_ring_identity identity = { "shop", "prog", "test 1" };
static const struct lsp_context context = { { 1, 2, 3 }, { 4, 5, 6 }, LSP_FLAG_SAMPLED,
	LSP_SOURCE_FD, 0, { 0 } };
static struct lsp_ring ring;
static char dir[64];
static char path[128];

static void set_up(void)
{
	strcpy(dir, "/tmp/lsp-ring-XXXXXX");
	cr_assert(mkdtemp(dir));
	cr_assert_eq(lsp_ring_open(&ring, dir, SMALL_BYTES, &identity), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, ring.name);
}

static void tear_down(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

static inline uint64_t count(enum lsp_counter which)
{
	return atomic_load(&ring.counters->slot[which]);
}

static int put_text(const char *text, size_t n)
{
	struct lsp_ring_line line = { .context = &context,
		.time_ns = 42,
		.tid = 7,
		.channel = LSP_CHANNEL_STDERR,
		.severity = 9,
		.flags = LSP_LOG_STAMPED,
		.text = text,
		.text_bytes = n };
	return lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line);
}

static void *at(uint64_t position)
{
	return (char *)ring.map + LSP_RING_HEADER_BYTES + position % ring.data_bytes;
}

#endif
