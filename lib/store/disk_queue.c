#include "disk_queue_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SEGMENT_BYTES_MAX (8u << 20)
#define SEGMENTS_MIN      8 /* what is dropped at once is a part of the whole */

/* ---- the thread that appends ----------------------------------------------------------------- */

static int write_all(int fd, struct iovec *part, int n_parts, uint64_t offset)
{
	while (n_parts) {
		ssize_t n = pwritev(fd, part, n_parts, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		offset += (uint64_t)n;
		for (; n_parts && (size_t)n >= part->iov_len; part++, n_parts--)
			n -= (ssize_t)part->iov_len;
		if (n_parts) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

int lsp_queue_append(struct lsp_queue *q, uint32_t kind, uint32_t weight, struct lsp_slice bytes)
{
	struct lsp_queue_head head = { .len = (uint32_t)bytes.len,
		.kind = kind,
		.weight = weight,
		.time_s = (uint64_t)time(NULL) };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)bytes.at, bytes.len } };
	if (bytes.len > LSP_QUEUE_ENTRY_MAX)
		return -E2BIG;
	if (q->pending_bytes == 0 && q->end >= q->segment_bytes) {
		int rc = lsp_queue_begin_segment(q);
		if (rc)
			return rc;
	}
	head.crc = lsp_queue_crc(&head, bytes.at);
	int rc = write_all(q->fd, parts, bytes.len ? 2 : 1, q->end + q->pending_bytes);
	if (rc)
		return rc;
	q->pending_bytes += sizeof(head) + bytes.len;
	if (q->pending.entries++ == 0)
		q->pending.first_s = head.time_s;
	q->pending.weight[kind] += weight;
	return 0;
}

static uint64_t total_bytes(const struct lsp_queue *q)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < q->n_segments; i++)
		bytes += q->segments[i].bytes;
	return bytes;
}

/* Removes the oldest segment; not the one that is written. Under the lock. */
static void remove_first(struct lsp_queue *q)
{
	char path[LSP_QUEUE_PATH_BYTES];
	const struct lsp_queue_position next = { q->segments[1].number, LSP_QUEUE_MAGIC_BYTES };
	uint64_t number = q->segments[0].number;
	lsp_queue_segment_path(q, number, path, sizeof(path));
	(void)unlink(path);
	q->n_segments--;
	memmove(q->segments, q->segments + 1, q->n_segments * sizeof(q->segments[0]));
	if (q->acked.segment <= number)
		q->acked = next;
	if (q->at.segment <= number)
		q->at = next;
}

static void drop_oldest(struct lsp_queue *q)
{
	while (q->n_segments > 1 && total_bytes(q) > q->max_bytes) {
		for (size_t k = 0; k < LSP_QUEUE_KINDS; k++)
			q->dropped[k] += q->segments[0].weight[k];
		remove_first(q);
	}
}

void lsp_queue_commit(struct lsp_queue *q)
{
	if (q->pending_bytes == 0)
		return;
	pthread_mutex_lock(&q->lock);
	struct lsp_queue_segment *s = &q->segments[q->n_segments - 1];
	if (s->entries == 0)
		s->first_s = q->pending.first_s;
	s->bytes += q->pending_bytes;
	s->entries += q->pending.entries;
	for (size_t k = 0; k < LSP_QUEUE_KINDS; k++)
		s->weight[k] += q->pending.weight[k];
	drop_oldest(q);
	q->is_dirty = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	q->end += q->pending_bytes;
	q->pending_bytes = 0;
	q->pending = (struct lsp_queue_segment){ 0 };
}

void lsp_queue_rollback(struct lsp_queue *q)
{
	/* What a failed append left behind would be taken for an entry after a restart. */
	int rc = ftruncate(q->fd, (off_t)q->end);
	(void)rc;
	q->pending_bytes = 0;
	q->pending = (struct lsp_queue_segment){ 0 };
}

/* ---- the thread that takes ------------------------------------------------------------------- */

static struct lsp_queue_segment *find(struct lsp_queue *q, uint64_t number)
{
	for (size_t i = 0; i < q->n_segments; i++)
		if (q->segments[i].number == number)
			return &q->segments[i];
	return NULL;
}

/* Where the next entry is, and how far its segment goes; false when there is none. Under the lock.
 * At the end of a segment, or before the first one, the next is the first of those that follow. */
static bool find_next(struct lsp_queue *q, uint64_t *ret_end)
{
	for (size_t i = 0; i < q->n_segments; i++) {
		const struct lsp_queue_segment *s = &q->segments[i];
		if (s->number < q->at.segment)
			continue;
		if (s->number > q->at.segment)
			q->at = (struct lsp_queue_position){ s->number, LSP_QUEUE_MAGIC_BYTES };
		if (q->at.offset < LSP_QUEUE_MAGIC_BYTES)
			q->at.offset = LSP_QUEUE_MAGIC_BYTES;
		*ret_end = s->bytes;
		if (q->at.offset < s->bytes)
			return true;
	}
	return false;
}

/* Makes q->read_fd that of the segment. */
static int open_segment(struct lsp_queue *q, uint64_t number)
{
	char path[LSP_QUEUE_PATH_BYTES];
	if (q->read_fd >= 0 && q->read_segment == number)
		return 0;
	if (q->read_fd >= 0)
		close(q->read_fd);
	lsp_queue_segment_path(q, number, path, sizeof(path));
	q->read_fd = open(path, O_RDONLY | O_CLOEXEC);
	q->read_segment = number;
	return q->read_fd < 0 ? -errno : 0;
}

static int read_all(int fd, void *to, size_t n, uint64_t offset)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, (char *)to + at, n - at, (off_t)(offset + at));
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return -EBADMSG;
		at += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* The rest of the segment makes no sense: it is passed over, but not taken away before its turn. */
static void skip_rest(struct lsp_queue *q, const struct lsp_queue_position *from, uint64_t end)
{
	pthread_mutex_lock(&q->lock);
	/* Not when it was dropped meanwhile. */
	if (q->at.segment == from->segment && q->at.offset == from->offset) {
		q->damaged++;
		q->at.offset = end;
	}
	pthread_mutex_unlock(&q->lock);
}

int lsp_queue_peek(struct lsp_queue *q, struct lsp_queue_entry *ret)
{
	if (q->n_taken == LSP_QUEUE_TAKEN_MAX)
		return 0;
	for (;;) {
		uint64_t end = 0;
		pthread_mutex_lock(&q->lock);
		bool any = find_next(q, &end);
		q->head_at = q->at;
		pthread_mutex_unlock(&q->lock);
		if (!any)
			return 0;
		struct lsp_queue_head *h = &q->head;
		int rc = open_segment(q, q->head_at.segment);
		rc = rc ? rc : read_all(q->read_fd, h, sizeof(*h), q->head_at.offset);
		if (rc && rc != -EBADMSG && rc != -ENOENT)
			return rc;
		if (rc || h->kind >= LSP_QUEUE_KINDS ||
			h->len > end - q->head_at.offset - sizeof(*h)) {
			skip_rest(q, &q->head_at, end);
			continue;
		}
		*ret = (struct lsp_queue_entry){ h->kind, h->weight, h->len, h->time_s };
		return 1;
	}
}

int lsp_queue_take(struct lsp_queue *q, struct lsp_buf *out)
{
	const struct lsp_queue_head *h = &q->head;
	struct lsp_queue_position from = q->head_at;
	char *to = lsp_buf_reserve(out, h->len);
	if (!to)
		return out->max - out->len < h->len ? -E2BIG : -ENOMEM;
	int rc = read_all(q->read_fd, to, h->len, from.offset + sizeof(*h));
	if (rc && rc != -EBADMSG)
		return rc;
	bool is_good = rc == 0 && lsp_queue_crc(h, to) == h->crc;
	pthread_mutex_lock(&q->lock);
	bool is_there = q->at.segment == from.segment && q->at.offset == from.offset;
	if (is_there)
		q->at.offset += sizeof(*h) + h->len;
	q->damaged += !is_good;
	pthread_mutex_unlock(&q->lock);
	if (!is_there)
		return -ENOENT;
	q->taken[q->n_taken++] = (struct lsp_queue_taken){ from.segment, h->kind, h->weight };
	if (!is_good)
		return -EBADMSG;
	out->len += h->len;
	return 0;
}

/* The segment's sums without an entry that is done with. */
static void forget_taken(struct lsp_queue *q, const struct lsp_queue_taken *t)
{
	struct lsp_queue_segment *s = find(q, t->segment);
	if (!s || s->entries == 0)
		return;
	s->entries--;
	s->weight[t->kind] -= t->weight;
}

void lsp_queue_ack(struct lsp_queue *q)
{
	pthread_mutex_lock(&q->lock);
	bool is_news =
		q->n_taken || q->acked.segment != q->at.segment || q->acked.offset != q->at.offset;
	for (size_t i = 0; i < q->n_taken; i++)
		forget_taken(q, &q->taken[i]);
	q->acked = q->at;
	while (q->n_segments > 1 && q->segments[0].number < q->acked.segment)
		remove_first(q);
	struct lsp_queue_position acked = q->acked;
	pthread_mutex_unlock(&q->lock);
	q->n_taken = 0;
	if (is_news)
		lsp_queue_note_acked(q, &acked);
}

void lsp_queue_rewind(struct lsp_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->at = q->acked;
	pthread_mutex_unlock(&q->lock);
	q->n_taken = 0;
}

void lsp_queue_wait(struct lsp_queue *q, unsigned ms)
{
	struct timespec until;
	uint64_t end;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&q->lock);
	while (!q->is_woken && !find_next(q, &end))
		if (pthread_cond_timedwait(&q->wake, &q->lock, &until))
			break;
	q->is_woken = false;
	pthread_mutex_unlock(&q->lock);
}

/* ---- any thread ------------------------------------------------------------------------------ */

void lsp_queue_wake(struct lsp_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_woken = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
}

void lsp_queue_sync(struct lsp_queue *q)
{
	int left[LSP_QUEUE_UNSYNCED];
	pthread_mutex_lock(&q->lock);
	size_t n = q->n_unsynced;
	memcpy(left, q->unsynced, n * sizeof(left[0]));
	q->n_unsynced = 0;
	int current = q->fd >= 0 && q->is_dirty ? dup(q->fd) : -1;
	q->is_dirty = false;
	pthread_mutex_unlock(&q->lock);
	for (size_t i = 0; i < n; i++) {
		(void)fdatasync(left[i]);
		close(left[i]);
	}
	if (current >= 0) {
		(void)fdatasync(current);
		close(current);
	}
}

void lsp_queue_get_stats(struct lsp_queue *q, struct lsp_queue_stats *ret)
{
	*ret = (struct lsp_queue_stats){ 0 };
	pthread_mutex_lock(&q->lock);
	for (size_t i = 0; i < q->n_segments; i++) {
		const struct lsp_queue_segment *s = &q->segments[i];
		uint64_t done = s->number == q->acked.segment ? q->acked.offset : 0;
		done = done > LSP_QUEUE_MAGIC_BYTES ? done : LSP_QUEUE_MAGIC_BYTES;
		if (s->number >= q->acked.segment && s->bytes > done)
			ret->bytes += s->bytes - done;
		ret->entries += s->entries;
		if (s->entries && !ret->oldest_s)
			ret->oldest_s = s->first_s;
		for (size_t k = 0; k < LSP_QUEUE_KINDS; k++)
			ret->weight[k] += s->weight[k];
	}
	memcpy(ret->dropped, q->dropped, sizeof(ret->dropped));
	ret->damaged = q->damaged;
	pthread_mutex_unlock(&q->lock);
}

int lsp_queue_open(
	struct lsp_queue **ret, const char *dir, uint64_t max_bytes, char *why, size_t cap)
{
	struct lsp_queue *q = calloc(1, sizeof(*q));
	if (!q || !(q->dir = strdup(dir))) {
		free(q);
		snprintf(why, cap, "no memory");
		return -ENOMEM;
	}
	q->max_bytes = max_bytes;
	q->segment_bytes = max_bytes / SEGMENTS_MIN;
	if (q->segment_bytes > SEGMENT_BYTES_MAX)
		q->segment_bytes = SEGMENT_BYTES_MAX;
	q->fd = q->read_fd = q->ack_fd = -1;
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, &clock);
	pthread_condattr_destroy(&clock);
	int rc = lsp_queue_load(q, why, cap);
	if (rc)
		lsp_queue_close(q);
	else
		*ret = q;
	return rc;
}

struct lsp_queue *lsp_queue_close(struct lsp_queue *q)
{
	if (!q)
		return NULL;
	if (q->pending_bytes)
		lsp_queue_rollback(q);
	lsp_queue_sync(q);
	const int fds[] = { q->fd, q->read_fd, q->ack_fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_cond_destroy(&q->wake);
	pthread_mutex_destroy(&q->lock);
	free(q->segments);
	free(q->dir);
	free(q);
	return NULL;
}
