#include "pending.h"
#include "../lib/wire/syslog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOTE_BYTES 96

int lsp_pending_open(
	struct lsp_pending *p, const char *path, struct lsp_store *store, uint8_t intake)
{
	char note[NOTE_BYTES + 1] = "";
	*p = (struct lsp_pending){ .store = store, .intake = intake };
	p->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (p->fd < 0)
		return -errno;
	if (pread(p->fd, note, NOTE_BYTES, 0) > 0)
		p->unclean = sscanf(note, "%" SCNu64 " %" SCNu64 " %" SCNu64, &p->clock_ns,
				     &p->min_ns, &p->max_ns) == 3;
	return 0;
}

void lsp_pending_close(struct lsp_pending *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

int lsp_pending_begin(struct lsp_pending *p, const struct lsp_batch *b, uint64_t clock_ns)
{
	char note[NOTE_BYTES + 1];
	uint64_t min = p->unclean ? p->min_ns : UINT64_MAX, max = p->unclean ? p->max_ns : 0;
	for (size_t i = 0; i < b->n_logs; i++) {
		uint64_t ns = b->logs[i].time_ns;
		min = ns < min ? ns : min;
		max = ns > max ? ns : max;
	}
	/* One block, always the same bytes: no kill finds half of it. */
	int n = snprintf(note, sizeof(note), "%20" PRIu64 " %20" PRIu64 " %20" PRIu64 "\n",
		clock_ns, min, max);
	return pwrite(p->fd, note, (size_t)n, 0) == n && fdatasync(p->fd) == 0 ? 0 : -errno;
}

void lsp_pending_done(struct lsp_pending *p)
{
	/* A note that stays is about rows that are not read again. */
	(void)!ftruncate(p->fd, 0);
}

void lsp_pending_recovered(struct lsp_pending *p)
{
	p->unclean = false;
}

/* ---- what the store has ---------------------------------------------------------------------- */

struct index {
	struct lsp_batch *batch;
	uint8_t intake;
	uint32_t *slots; /* a row's number and 1; 0: free */
	size_t mask;
	bool *stored;
};

static uint64_t hash_of(const struct lsp_log_row *row)
{
	uint64_t h = row->time_ns * 0x9e3779b97f4a7c15u ^ row->pid;
	for (size_t i = 0; i < row->body.len; i++)
		h = (h ^ (uint8_t)row->body.at[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* The encoded offset attribute of a row, empty when it has none. It is the last of its name: the
 * body lies before it. */
static struct lsp_slice offset_of(struct lsp_slice encoded)
{
	static const char name[] = LSP_FILE_OFFSET_ATTR;
	const size_t n = sizeof(name) - 1;
	const char *end = encoded.at + encoded.len, *found = NULL;
	for (const char *at = encoded.at;
		encoded.len && (at = memmem(at, (size_t)(end - at), name, n)); at += n)
		found = at;
	if (!found || end - found < (ptrdiff_t)n + 2)
		return (struct lsp_slice){ "", 0 };
	size_t value = (uint8_t)found[n + 1], left = (size_t)(end - found) - n - 2;
	return (struct lsp_slice){ found, n + 2 + (value < left ? value : left) };
}

static bool is_same(const struct lsp_log_row *ours, const struct lsp_log_row *theirs)
{
	struct lsp_slice offset;
	if (ours->time_ns != theirs->time_ns || ours->pid != theirs->pid ||
		!lsp_slice_equal(ours->body, theirs->body))
		return false;
	offset = offset_of(ours->encoded);
	return offset.len == 0 ||
	       (theirs->encoded.len &&
		       memmem(theirs->encoded.at, theirs->encoded.len, offset.at, offset.len));
}

static int find_row(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	struct index *x = arg;
	(void)from;
	if (row->intake != x->intake)
		return 0;
	for (size_t at = hash_of(row) & x->mask; x->slots[at]; at = (at + 1) & x->mask) {
		uint32_t i = x->slots[at] - 1;
		if (!x->stored[i] && is_same(&x->batch->logs[i], row)) {
			x->stored[i] = true;
			return 0;
		}
	}
	return 0;
}

static int index_rows(struct index *x, struct lsp_batch *b, uint8_t intake)
{
	size_t n = 64;
	while (n < 2 * b->n_logs)
		n *= 2;
	*x = (struct index){ .batch = b,
		.intake = intake,
		.slots = calloc(n, sizeof(*x->slots)),
		.mask = n - 1,
		.stored = calloc(b->n_logs, sizeof(*x->stored)) };
	if (!x->slots || !x->stored)
		return -ENOMEM;
	for (size_t i = 0; i < b->n_logs; i++) {
		size_t at = hash_of(&b->logs[i]) & x->mask;
		while (x->slots[at])
			at = (at + 1) & x->mask;
		x->slots[at] = (uint32_t)i + 1;
	}
	return 0;
}

void lsp_pending_drop_stored(const struct lsp_pending *p, struct lsp_batch *b)
{
	struct index x = { .batch = b };
	struct lsp_scan scan = { .no_spans = true,
		.since_ns = p->min_ns,
		.until_ns = p->max_ns + 1,
		.arg = &x,
		.log = find_row };
	size_t kept = 0;
	if (!p->unclean || b->n_logs == 0)
		return;
	if (index_rows(&x, b, p->intake) == 0)
		(void)lsp_store_scan(p->store, &scan);
	for (size_t i = 0; i < b->n_logs; i++)
		if (!x.stored || !x.stored[i])
			b->logs[kept++] = b->logs[i];
	b->n_logs = kept;
	free(x.slots);
	free(x.stored);
}
