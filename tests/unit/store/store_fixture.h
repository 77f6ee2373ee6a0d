/* A store in a folder of its own, and rows to put into it. */
#ifndef LSP_TESTS_STORE_FIXTURE_H
#define LSP_TESTS_STORE_FIXTURE_H

#include "lib/store/store.h"
#include "lib/wire/otlp_encode.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char store_dir[64];

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void make_dir(void)
{
	strcpy(store_dir, "/tmp/linespan-store.XXXXXX");
	cr_assert(mkdtemp(store_dir));
}

static inline void remove_dir(void)
{
	nftw(store_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct lsp_store *open_store(bool read_only)
{
	struct lsp_store_config config = { .data_dir = store_dir, .read_only = read_only };
	char why[LSP_STORE_WHY_BYTES] = "";
	struct lsp_store *s = NULL;

	cr_assert_eq(lsp_store_open(&s, &config, why), 0, "%s", why);
	return s;
}

static inline void set_id(uint8_t *id, size_t n, uint64_t value)
{
	memset(id, 0, n);
	for (size_t i = 0; i < 8; i++)
		id[n - 1 - i] = (uint8_t)(value >> (8 * i));
}

static inline void add_origin(struct lsp_batch *b, const char *service, uint32_t *ret)
{
	struct lsp_buf resource;
	struct lsp_origin *o = lsp_batch_add_origin(b, ret);

	lsp_buf_init(&resource, 4096);
	lsp_pb_attr_string(&resource, 1, LSP_SLICE("service.name"), lsp_slice_of(service));
	lsp_batch_copy(b, (struct lsp_slice){ resource.at, resource.len }, &o->resource);
	lsp_batch_copy(b, lsp_slice_of(service), &o->service);
	lsp_buf_release(&resource);
}

/* A span of trace (1, low) with an attribute n = span's number. */
static inline void add_span(struct lsp_batch *b, uint32_t origin, uint64_t low, uint64_t span,
	uint64_t start_ns, const char *name)
{
	struct lsp_span_row *row = lsp_batch_add_span(b);
	struct lsp_buf attrs, encoded;

	set_id(row->trace_id, 16, low);
	row->trace_id[7] = 1;
	set_id(row->span_id, 8, span);
	row->start_ns = start_ns;
	row->end_ns = start_ns + 1000;
	row->kind = LSP_KIND_SERVER;
	row->origin = origin;
	lsp_batch_copy(b, lsp_slice_of(name), &row->name);
	lsp_buf_init(&attrs, 1024);
	lsp_buf_init(&encoded, 4096);
	lsp_pb_attr_int(&attrs, 9, LSP_SLICE("n"), (int64_t)span);
	lsp_otlp_encode_span(&encoded, row, (struct lsp_slice){ attrs.at, attrs.len },
		(struct lsp_slice){ "", 0 });
	lsp_batch_copy(b, (struct lsp_slice){ encoded.at, encoded.len }, &row->encoded);
	lsp_buf_release(&attrs);
	lsp_buf_release(&encoded);
}

/* A log record of trace (1, low), or of none when low is 0. */
static inline void add_log(struct lsp_batch *b, uint32_t origin, uint64_t low, uint64_t time_ns,
	uint8_t severity, const char *body)
{
	struct lsp_log_row *row = lsp_batch_add_log(b);
	struct lsp_buf encoded;

	if (low) {
		set_id(row->trace_id, 16, low);
		row->trace_id[7] = 1;
		set_id(row->span_id, 8, 7);
	}
	row->time_ns = time_ns;
	row->severity = severity;
	row->intake = LSP_INTAKE_RING;
	row->context_source = LSP_SOURCE_FD;
	row->pid = 10;
	row->tid = 11;
	row->origin = origin;
	lsp_batch_copy(b, lsp_slice_of(body), &row->body);
	lsp_buf_init(&encoded, 65536);
	lsp_otlp_encode_log(&encoded, row, (struct lsp_slice){ "", 0 });
	lsp_batch_copy(b, (struct lsp_slice){ encoded.at, encoded.len }, &row->encoded);
	lsp_buf_release(&encoded);
}

static inline struct lsp_trace *get_trace(struct lsp_store *s, uint64_t high, uint64_t low)
{
	struct lsp_trace_key key = { high, low };
	struct lsp_trace *t = NULL;

	return lsp_store_trace(s, &key, &t) == 0 ? t : NULL;
}

#endif
