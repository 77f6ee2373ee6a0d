/* A spool folder, one ring of this process in it, a reader, and a batch. */
#ifndef LSP_TESTS_WIRE_RING_FIXTURE_H
#define LSP_TESTS_WIRE_RING_FIXTURE_H

#include "lib/core/ring.h"
#include "lib/wire/ring_reader.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL_BYTES (64u * 1024)
#define ALL         ((size_t)1 << 30)

static const struct lsp_ring_identity identity = { "shop", "prog", "preload 0.1.0" };
static const struct lsp_context context = { { 1, 2, 3 }, { 4, 5, 6 }, LSP_FLAG_SAMPLED,
	LSP_SOURCE_FD, 0, { 0 } };
static struct lsp_ring ring;
static struct lsp_ring_reader *reader;
static struct lsp_batch batch;
static char dir[64];
static char path[128];

static inline void spool_set_up(void)
{
	strcpy(dir, "/tmp/lsp-spool-XXXXXX");
	cr_assert(mkdtemp(dir));
	lsp_batch_init(&batch);
	cr_assert_eq(lsp_ring_reader_new(&reader, dir), 0);
}

/* All that is in the folder. */
static inline void empty_spool(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	cr_assert_eq(system(command), 0);
}

static inline void spool_tear_down(void)
{
	lsp_batch_release(&batch);
	lsp_ring_reader_free(reader);
	empty_spool();
	cr_assert_eq(rmdir(dir), 0);
}

static inline void open_ring(void)
{
	cr_assert_eq(lsp_ring_open(&ring, dir, SMALL_BYTES, &identity), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, ring.name);
}

/* To the reader it is the owner's death. */
static inline void die(void)
{
	munmap(ring.map, ring.map_bytes);
	ring.map = NULL;
}

static inline int put(const char *text)
{
	struct lsp_ring_line line = { .context = &context,
		.time_ns = 42,
		.tid = 7,
		.channel = LSP_CHANNEL_STDERR,
		.text = text,
		.text_bytes = strlen(text) };
	return lsp_ring_put_line(&ring, LSP_RECORD_LOG, &line);
}

/* One round into an empty batch. */
static inline int poll_once(void)
{
	lsp_batch_release(&batch);
	lsp_batch_init(&batch);
	return lsp_ring_reader_poll(reader, &batch, ALL);
}

static inline struct lsp_ring_reader_stats stats(void)
{
	struct lsp_ring_reader_stats s;
	lsp_ring_reader_get_stats(reader, &s);
	return s;
}

static inline bool body_is(size_t i, const char *text)
{
	return i < batch.n_logs && lsp_slice_equal(batch.logs[i].body, lsp_slice_of(text));
}

/* True when the encoded message has this attribute: KeyValue{1 key, 2 AnyValue}, short ones only.
 * */
static inline bool has_attr(
	struct lsp_slice encoded, const char *key, const char *value, size_t value_bytes)
{
	char wanted[256];
	size_t key_bytes = strlen(key), n = 0;
	wanted[n++] = 0x0A;
	wanted[n++] = (char)key_bytes;
	memcpy(wanted + n, key, key_bytes);
	n += key_bytes;
	wanted[n++] = 0x12;
	wanted[n++] = (char)value_bytes;
	memcpy(wanted + n, value, value_bytes);
	n += value_bytes;
	return memmem(encoded.at, encoded.len, wanted, n) != NULL;
}

static inline bool has_text(struct lsp_slice encoded, const char *key, const char *text)
{
	char value[128];
	size_t n = strlen(text);
	value[0] = 0x0A;
	value[1] = (char)n;
	memcpy(value + 2, text, n);
	return has_attr(encoded, key, value, n + 2);
}

static inline bool has_bool(struct lsp_slice encoded, const char *key, bool yes)
{
	return has_attr(encoded, key, yes ? "\x10\x01" : "\x10\x00", 2);
}

static inline bool has_small_int(struct lsp_slice encoded, const char *key, int number)
{
	char value[2] = { 0x18, (char)number };
	return has_attr(encoded, key, value, 2);
}

#endif
