#include "disk_queue_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define FILE_MODE 0600

struct acked_note {
	struct lsp_queue_position at;
	uint32_t crc, zero;
};

uint32_t lsp_queue_crc(const struct lsp_queue_head *head, const void *bytes)
{
	uLong crc = crc32(0, (const Bytef *)&head->len, sizeof(*head) - sizeof(head->crc));
	return (uint32_t)crc32(crc, bytes, head->len);
}

void lsp_queue_segment_path(const struct lsp_queue *q, uint64_t number, char *ret, size_t cap)
{
	snprintf(ret, cap, "%s/%016" PRIx64 ".q", q->dir, number);
}

/* ---- how far it was acknowledged ------------------------------------------------------------- */

void lsp_queue_note_acked(struct lsp_queue *q, const struct lsp_queue_position *acked)
{
	struct acked_note note = { .at = *acked };
	note.crc = (uint32_t)crc32(0, (const Bytef *)&note.at, sizeof(note.at));
	ssize_t n = pwrite(q->ack_fd, &note, sizeof(note), 0);
	(void)n;
}

static int load_acked(struct lsp_queue *q)
{
	char path[LSP_QUEUE_PATH_BYTES];
	struct acked_note note;
	snprintf(path, sizeof(path), "%s/acked", q->dir);
	q->ack_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	if (q->ack_fd < 0)
		return -errno;
	if (pread(q->ack_fd, &note, sizeof(note), 0) == sizeof(note) &&
		note.crc == (uint32_t)crc32(0, (const Bytef *)&note.at, sizeof(note.at)))
		q->acked = note.at;
	return 0;
}

/* ---- segments -------------------------------------------------------------------------------- */

static int add_segment(struct lsp_queue *q, const struct lsp_queue_segment *s)
{
	if (q->n_segments == q->cap_segments) {
		size_t cap = q->cap_segments ? 2 * q->cap_segments : 16;
		void *more = realloc(q->segments, cap * sizeof(*s));
		if (!more)
			return -ENOMEM;
		q->segments = more;
		q->cap_segments = cap;
	}
	q->segments[q->n_segments++] = *s;
	return 0;
}

int lsp_queue_begin_segment(struct lsp_queue *q)
{
	char path[LSP_QUEUE_PATH_BYTES];
	struct lsp_queue_segment s = { .number = q->last_number + 1,
		.bytes = LSP_QUEUE_MAGIC_BYTES };
	lsp_queue_segment_path(q, s.number, path, sizeof(path));
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	int rc = fd < 0 ? -errno : 0;
	ssize_t n = rc ? 0 : pwrite(fd, LSP_QUEUE_MAGIC, LSP_QUEUE_MAGIC_BYTES, 0);
	if (rc == 0 && n != LSP_QUEUE_MAGIC_BYTES)
		rc = n < 0 ? -errno : -ENOSPC;
	pthread_mutex_lock(&q->lock);
	rc = rc ? rc : add_segment(q, &s);
	if (rc == 0 && q->fd >= 0 && q->n_unsynced < LSP_QUEUE_UNSYNCED)
		q->unsynced[q->n_unsynced++] = q->fd;
	else if (rc == 0 && q->fd >= 0)
		close(q->fd); /* so many in one period: the kernel writes them soon */
	if (rc == 0)
		q->fd = fd;
	pthread_mutex_unlock(&q->lock);
	if (rc == 0) {
		q->last_number = s.number;
		q->end = s.bytes;
	} else if (fd >= 0) {
		unlink(path);
		close(fd);
	}
	return rc;
}

static void count_entry(struct lsp_queue_segment *s, const struct lsp_queue_head *h)
{
	if (s->entries++ == 0)
		s->first_s = h->time_s;
	s->weight[h->kind] += h->weight;
}

/* How far the segment makes sense, and what is in it behind `from`. Only the bytes of the last
 * segment can have been cut by a power failure; those of others are checked when they are taken. */
static void survey(
	struct lsp_queue_segment *s, const char *at, uint64_t bytes, uint64_t from, bool is_last)
{
	struct lsp_queue_head h;
	s->bytes = LSP_QUEUE_MAGIC_BYTES;
	while (bytes - s->bytes >= sizeof(h)) {
		memcpy(&h, at + s->bytes, sizeof(h));
		if (h.len > bytes - s->bytes - sizeof(h) || h.kind >= LSP_QUEUE_KINDS ||
			(is_last && lsp_queue_crc(&h, at + s->bytes + sizeof(h)) != h.crc))
			break;
		if (s->bytes >= from)
			count_entry(s, &h);
		s->bytes += sizeof(h) + h.len;
	}
}

static int load_segment(struct lsp_queue *q, uint64_t number, bool is_last)
{
	char path[LSP_QUEUE_PATH_BYTES];
	struct lsp_queue_segment s = { .number = number };
	struct stat st;
	lsp_queue_segment_path(q, number, path, sizeof(path));
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		int rc = -errno;
		if (fd >= 0)
			close(fd);
		return rc;
	}
	uint64_t bytes = (uint64_t)st.st_size;
	void *at = bytes ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	bool is_ours = at != MAP_FAILED && bytes >= LSP_QUEUE_MAGIC_BYTES &&
		       memcmp(at, LSP_QUEUE_MAGIC, LSP_QUEUE_MAGIC_BYTES) == 0;
	uint64_t from = number == q->acked.segment ? q->acked.offset : 0;
	if (is_ours)
		survey(&s, at, bytes, number < q->acked.segment ? UINT64_MAX : from, is_last);
	else
		s.bytes = LSP_QUEUE_MAGIC_BYTES;
	if (at != MAP_FAILED)
		munmap(at, bytes);
	q->damaged += s.bytes != bytes;
	/* One that is cut is left as it is: what comes goes to a new one. */
	if (is_last && s.bytes == bytes)
		q->fd = fd;
	else
		close(fd);
	q->last_number = number;
	q->end = s.bytes;
	return add_segment(q, &s);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The numbers of the folder's segments, sorted; malloc'ed. */
static int list_segments(const struct lsp_queue *q, uint64_t **ret, size_t *ret_n)
{
	DIR *dir = opendir(q->dir);
	uint64_t *numbers = NULL;
	size_t n = 0, cap = 0;
	int rc = dir ? 0 : -errno;
	for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
		char *end;
		uint64_t number = strtoull(e->d_name, &end, 16);
		if (end != e->d_name + 16 || strcmp(end, ".q") != 0)
			continue;
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			uint64_t *more = realloc(numbers, cap * sizeof(*numbers));
			if (!more) {
				rc = -ENOMEM;
				break;
			}
			numbers = more;
		}
		numbers[n++] = number;
	}
	if (dir)
		closedir(dir);
	if (rc) {
		free(numbers);
		return rc;
	}
	if (n)
		qsort(numbers, n, sizeof(*numbers), by_number);
	*ret = numbers;
	*ret_n = n;
	return 0;
}

int lsp_queue_load(struct lsp_queue *q, char *why, size_t cap)
{
	uint64_t *numbers = NULL;
	size_t n = 0;
	int rc = mkdir(q->dir, 0700) && errno != EEXIST ? -errno : 0;
	rc = rc ? rc : load_acked(q);
	rc = rc ? rc : list_segments(q, &numbers, &n);
	q->last_number = q->acked.segment;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = load_segment(q, numbers[i], i + 1 == n);
	free(numbers);
	if (rc == 0 && q->fd < 0)
		rc = lsp_queue_begin_segment(q);
	if (rc) {
		snprintf(why, cap, "%s: cannot queue here: %s", q->dir, strerror(-rc));
		return rc;
	}
	q->at = q->acked;
	return 0;
}
