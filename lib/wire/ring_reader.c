#include "ring_reader.h"
#include "../core/ring.h"
#include "ring_spool.h"

#include <errno.h>
#include <stdlib.h>

#define SECOND_NS         1000000000ull
#define CHECK_NS          SECOND_NS /* how often an owner is asked for, without news of it */
#define HOLE_NS           (5 * SECOND_NS) /* a live owner's reservation counts as abandoned then */
#define PAUSE_MS_MAX      50
#define QUIET_ROUNDS      64 /* then a ring is looked at in one of 8 rounds … */
#define QUIET_RINGS_MIN   64 /* … when there are many */
#define QUIET_ROUNDS_MASK 7

struct lsp_ring_reader {
	struct lsp_ring_spool spool;
	struct lsp_ring_cursor *cursor;
	struct lsp_ring_scratch scratch;
	struct lsp_ring_reader_stats stats;
	uint64_t round;
	size_t first; /* the ring that the next round begins with */
	size_t unacked; /* rows in batches since the last ack */
	unsigned pause_ms;
};

/* One round's work. */
struct round {
	struct lsp_ring_reader *r;
	struct lsp_batch *batch;
	uint64_t now_ns;
	size_t bytes_left;
	int records;
};

int lsp_ring_reader_new(struct lsp_ring_reader **ret, const char *dir)
{
	struct lsp_ring_reader *r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->cursor = lsp_ring_cursor_new();
	int rc = r->cursor ? lsp_ring_spool_open(&r->spool, dir) : -ENOMEM;
	if (rc) {
		lsp_ring_cursor_free(r->cursor);
		free(r);
		return rc;
	}
	lsp_ring_scratch_init(&r->scratch);
	*ret = r;
	return 0;
}

struct lsp_ring_reader *lsp_ring_reader_free(struct lsp_ring_reader *r)
{
	if (!r)
		return NULL;
	lsp_ring_spool_release(&r->spool);
	lsp_ring_scratch_release(&r->scratch);
	lsp_ring_cursor_free(r->cursor);
	free(r);
	return NULL;
}

void lsp_ring_reader_set_name_frames(struct lsp_ring_reader *r,
	int (*name_frames)(void *arg, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out),
	void *arg)
{
	r->scratch.name_frames = name_frames;
	r->scratch.name_frames_arg = arg;
}

static int origin_of(struct round *w, struct lsp_ring_open *ring)
{
	if (ring->origin_round == w->r->round)
		return 0;
	int rc = lsp_ring_decode_origin(w->batch, &w->r->scratch, &ring->file, &ring->origin);
	if (rc == 0)
		ring->origin_round = w->r->round;
	return rc;
}

static int start_process(
	struct round *w, struct lsp_ring_open *ring, const struct lsp_ring_view *view)
{
	int rc = lsp_ring_processes_start(&ring->processes, view);
	if (rc != -ENOSPC)
		return rc;
	rc = lsp_ring_decode_process(w->batch, &w->r->scratch, ring->origin, view, NULL, 0);
	return rc ? rc : 1;
}

/* Returns how many rows were added; -EBADMSG, -ENOMEM. */
static int decode(struct round *w, struct lsp_ring_open *ring, const struct lsp_ring_view *view)
{
	struct lsp_ring_scratch *s = &w->r->scratch;
	int rc = origin_of(w, ring);
	if (rc)
		return rc;
	s->owner = ring->file.owner;
	switch (view->type) {
	case LSP_RECORD_LOG:
	case LSP_RECORD_ERROR:
		rc = lsp_ring_decode_log(w->batch, s, ring->origin, view);
		return rc ? rc : 1;
	case LSP_RECORD_SPAN:
		rc = lsp_ring_decode_span(w->batch, s, ring->origin, view);
		return rc ? rc : 1;
	case LSP_RECORD_PROCESS_START:
		return start_process(w, ring, view);
	case LSP_RECORD_PROCESS_END:
		return lsp_ring_processes_end(
			&ring->processes, &ring->file, view, w->batch, s, ring->origin);
	}
	return -EBADMSG;
}

static int count(struct round *w, int rows)
{
	if (rows > 0) {
		w->records += rows;
		w->r->unacked += (size_t)rows;
		w->r->stats.records += (uint64_t)rows;
	} else if (rows == -EBADMSG) {
		w->r->stats.bad_records++;
	}
	return rows == -ENOMEM ? rows : 0;
}

static int take(struct round *w, struct lsp_ring_open *ring, const struct lsp_ring_view *view)
{
	int rc = count(w, decode(w, ring, view));
	if (rc)
		return rc;
	if (view->record->time_ns > ring->processes.last_ns)
		ring->processes.last_ns = view->record->time_ns;
	w->r->stats.bytes += view->size;
	w->bytes_left -= view->size < w->bytes_left ? view->size : w->bytes_left;
	ring->file.read = view->next;
	ring->quiet_rounds = 0;
	return 0;
}

/* A reservation that nobody will commit: its owner is dead, or has gone on committing others for
 * long while this one stood still. (A stopped process has holes, too, but commits nothing.) */
static bool is_abandoned(struct round *w, struct lsp_ring_open *ring)
{
	const struct lsp_ring_file *f = &ring->file;
	if (ring->dead)
		return true;
	if (ring->hole_since_ns == 0 || ring->hole_position != f->read) {
		ring->hole_position = f->read;
		ring->hole_since_ns = w->now_ns;
		ring->hole_head = f->head;
		ring->hole_dropped = f->dropped;
		return false;
	}
	bool goes_on = f->head > ring->hole_head || f->dropped > ring->hole_dropped;
	return goes_on && w->now_ns - ring->hole_since_ns >= HOLE_NS;
}

/* Steps over a hole. Returns false when there is nothing behind it to read now. */
static bool skip_hole(struct round *w, struct lsp_ring_open *ring)
{
	if (!is_abandoned(w, ring))
		return false;
	uint64_t next = lsp_ring_cursor_behind_hole(w->r->cursor, &ring->file);
	if (next == ring->file.head && !ring->dead)
		return false;
	w->r->stats.lost_records++;
	ring->file.read = next;
	ring->hole_since_ns = 0;
	return next < ring->file.head;
}

/* Reads one ring as far as there is room. Returns 0, -EBADMSG when it lies, -ENOMEM. */
static int drain(struct round *w, struct lsp_ring_open *ring)
{
	struct lsp_ring_view view;
	while (w->bytes_left && ring->file.read < ring->file.head) {
		int rc = lsp_ring_cursor_load(w->r->cursor, &ring->file);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			if (!skip_hole(w, ring))
				break;
			continue;
		}
		uint64_t end;
		while (w->bytes_left) {
			if (!lsp_ring_cursor_next(w->r->cursor, &view, &end)) {
				ring->file.read = end;
				break;
			}
			rc = take(w, ring, &view);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* The owner is dead and all is read: what is left are the spans of processes without an end. */
static int finish(struct round *w, struct lsp_ring_open *ring)
{
	if (lsp_ring_processes_pending(&ring->processes, &ring->file)) {
		int rc = origin_of(w, ring);
		if (rc == 0)
			rc = lsp_ring_processes_finish(&ring->processes, &ring->file, w->batch,
				&w->r->scratch, ring->origin);
		rc = count(w, rc);
		if (rc)
			return rc;
	}
	ring->finished = true;
	return 0;
}

static void check_owner(struct round *w, struct lsp_ring_open *ring)
{
	if (ring->dead || w->now_ns < ring->check_ns)
		return;
	ring->dead = !lsp_ring_owner_lives(ring->file.fd);
	ring->check_ns = w->now_ns + CHECK_NS;
	lsp_ring_file_refresh_dropped(&ring->file);
}

static bool may_wait(const struct round *w, struct lsp_ring_open *ring)
{
	return ring->quiet_rounds++ >= QUIET_ROUNDS && w->r->spool.n >= QUIET_RINGS_MIN &&
	       w->now_ns < ring->check_ns &&
	       ((w->r->round ^ ring->file.inode) & QUIET_ROUNDS_MASK) != 0;
}

static int poll_one(struct round *w, struct lsp_ring_open *ring)
{
	if (ring->finished || may_wait(w, ring))
		return 0;
	/* First the owner, then head: what a dead owner has written is all there. */
	check_owner(w, ring);
	int rc = lsp_ring_file_refresh(&ring->file);
	if (rc == -ENODATA) {
		lsp_ring_spool_remove(&w->r->spool, ring);
		return 0;
	}
	if (rc == 0)
		rc = drain(w, ring);
	if (rc == 0 && ring->dead && ring->file.read == ring->file.head)
		rc = finish(w, ring);
	if (rc == -EBADMSG) {
		lsp_ring_spool_set_aside(&w->r->spool, ring);
		rc = 0;
	}
	return rc;
}

static void set_pause(struct lsp_ring_reader *r, const struct round *w)
{
	if (w->bytes_left == 0)
		r->pause_ms = 0;
	else if (w->records)
		r->pause_ms = 1;
	else if (r->pause_ms < PAUSE_MS_MAX)
		r->pause_ms =
			r->pause_ms * 2 + 1 < PAUSE_MS_MAX ? r->pause_ms * 2 + 1 : PAUSE_MS_MAX;
}

int lsp_ring_reader_poll(struct lsp_ring_reader *r, struct lsp_batch *b, size_t max_bytes)
{
	struct round w = { .r = r,
		.batch = b,
		.now_ns = lsp_ring_monotonic_ns(),
		.bytes_left = max_bytes ? max_bytes : 1 };
	r->round++;
	lsp_ring_spool_look(&r->spool, w.now_ns);
	int rc = 0;
	size_t n = r->spool.n, i = 0;
	for (; i < n && w.bytes_left && rc == 0; i++)
		rc = poll_one(&w, r->spool.rings[(r->first + i) % n]);
	if (n)
		r->first = (r->first + i) % n;
	if (rc) {
		lsp_ring_reader_rewind(r);
		return rc;
	}
	set_pause(r, &w);
	if (r->unacked == 0)
		lsp_ring_reader_ack(r); /* nothing that must be stored first */
	else
		lsp_ring_spool_sweep(&r->spool);
	return w.records;
}

void lsp_ring_reader_ack(struct lsp_ring_reader *r)
{
	for (size_t i = 0; i < r->spool.n; i++) {
		struct lsp_ring_open *ring = r->spool.rings[i];
		struct lsp_ring_file *f = &ring->file;
		if (ring->gone)
			continue;
		bool sent = lsp_ring_processes_ack(&ring->processes) && !f->process_sent;
		f->process_sent |= sent;
		/* When this fails, the same is read again. */
		if (sent || f->read != f->acked)
			lsp_ring_file_ack(f);
		if (ring->finished)
			lsp_ring_spool_remove(&r->spool, ring);
	}
	r->unacked = 0;
	lsp_ring_spool_sweep(&r->spool);
}

void lsp_ring_reader_rewind(struct lsp_ring_reader *r)
{
	for (size_t i = 0; i < r->spool.n; i++) {
		struct lsp_ring_open *ring = r->spool.rings[i];
		ring->file.read = ring->file.acked;
		ring->finished = false;
		lsp_ring_processes_rewind(&ring->processes);
	}
	r->unacked = 0;
	lsp_ring_spool_sweep(&r->spool);
}

unsigned lsp_ring_reader_pause_ms(const struct lsp_ring_reader *r)
{
	return r->pause_ms;
}

void lsp_ring_reader_get_stats(const struct lsp_ring_reader *r, struct lsp_ring_reader_stats *ret)
{
	*ret = r->stats;
	ret->rings_open = r->spool.n;
	ret->bad_rings = r->spool.bad_rings;
	ret->dropped_by_writers = r->spool.dropped;
	for (size_t i = 0; i < r->spool.n; i++)
		ret->dropped_by_writers += r->spool.rings[i]->file.dropped;
}
