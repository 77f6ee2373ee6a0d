#include "queue.h"
#include "rows.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define RECORD_MAGIC 0x31515343u /* "CSQ1" */
#define SCRATCH_MAX  (512u * 1024 * 1024)
#define WAIT_NS      200000000u

struct record {
	uint32_t magic, bytes, crc;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void path_of(const struct lsp_click_queue *q, uint64_t name, unsigned stage, char out[4096])
{
	snprintf(out, 4096, "%s/%020" PRIu64 ".%u", q->dir, name, stage);
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool parse_name(const char *file, uint64_t *name, unsigned *stage)
{
	char *end;

	if (strspn(file, "0123456789") != 20 || file[20] != '.')
		return false;
	*name = strtoull(file, NULL, 10);
	*stage = (unsigned)strtoul(file + 21, &end, 10);
	return end > file + 21 && *end == 0;
}

/* Calls each for every segment. */
static int each_segment(struct lsp_click_queue *q,
	void (*each)(struct lsp_click_queue *q, uint64_t name, unsigned stage, void *arg),
	void *arg)
{
	DIR *d = opendir(q->dir);
	uint64_t name;
	unsigned stage;

	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));)
		if (parse_name(e->d_name, &name, &stage))
			each(q, name, stage, arg);
	closedir(d);
	return 0;
}

static void count_bytes(struct lsp_click_queue *q, uint64_t name, unsigned stage, void *arg)
{
	char path[4096];
	struct stat st;

	(void)arg;
	path_of(q, name, stage, path);
	if (stat(path, &st) == 0)
		q->bytes += (uint64_t)st.st_size;
	if (name >= q->next_row) /* also when the clock was set back */
		q->next_row = (name | (LSP_CLICK_ROW_STEP - 1)) + 1;
}

static int make_dirs(const char *data_dir, struct lsp_click_queue *q)
{
	for (char *slash = strchr(q->dir + 1, '/');; slash = strchr(slash + 1, '/')) {
		int rc;

		if (slash)
			*slash = 0;
		rc = mkdir(q->dir, 0700) && errno != EEXIST ? -errno : 0;
		if (slash)
			*slash = '/';
		if (rc || !slash)
			return rc;
	}
	(void)data_dir;
}

int lsp_click_queue_open(
	struct lsp_click_queue *q, const char *data_dir, uint64_t max_bytes, char why[512])
{
	char path[4096];
	uint64_t tag = 0;
	int rc;

	memset(q, 0, sizeof(*q));
	q->fd = q->lock_fd = -1;
	q->max_bytes = max_bytes ? max_bytes : UINT64_MAX;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	lsp_buf_init(&q->scratch, SCRATCH_MAX);
	rc = snprintf(q->dir, sizeof(q->dir), "%s/clickhouse", data_dir) >= (int)sizeof(q->dir)
		     ? -ENAMETOOLONG
		     : make_dirs(data_dir, q);
	snprintf(path, sizeof(path), "%s/lock", q->dir);
	if (rc == 0 && (q->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
		rc = -errno;
	if (rc == 0 && flock(q->lock_fd, LOCK_EX | LOCK_NB))
		rc = -EBUSY;
	rc = rc ? rc : each_segment(q, count_bytes, NULL);
	if (rc) {
		snprintf(why, 512, "store %s: %s; give another folder with --data", q->dir,
			rc == -EBUSY ? "in use by another process" : strerror(-rc));
		lsp_click_queue_close(q);
		return rc;
	}
	(void)!getrandom(&tag, sizeof(tag), 0);
	/* The low bits tell the processes apart that write to one cluster. */
	q->next_row = (q->next_row & ~(uint64_t)(LSP_CLICK_ROW_STEP - 1)) |
		      (tag & (LSP_CLICK_ROW_STEP - 1));
	return 0;
}

void lsp_click_queue_close(struct lsp_click_queue *q)
{
	if (q->fd >= 0) {
		(void)fdatasync(q->fd);
		close(q->fd);
	}
	if (q->lock_fd >= 0)
		close(q->lock_fd);
	lsp_buf_release(&q->scratch);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->wake);
}

/* ---- in -------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *at, size_t n, uint64_t offset)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, at, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += done;
		n -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

/* What no later sync would reach goes to the disk first. */
static void close_open(struct lsp_click_queue *q)
{
	if (q->fd >= 0 && q->unsynced)
		(void)fdatasync(q->fd);
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

/* With --sync full: the file, and its name when it is new. */
static int sync_now(struct lsp_click_queue *q)
{
	int dir, rc = fdatasync(q->fd) ? -errno : 0;

	if (rc || q->open_bytes > 0)
		return rc;
	dir = open(q->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	rc = fsync(dir) ? -errno : 0;
	close(dir);
	return rc;
}

/* Under the lock. */
static int append(struct lsp_click_queue *q, uint64_t first_row)
{
	char path[4096];
	int rc;

	if (q->bytes + q->scratch.len > q->max_bytes)
		return -EAGAIN;
	if (q->fd >= 0 && q->open_bytes + q->scratch.len > LSP_CLICK_SEGMENT_BYTES)
		close_open(q);
	if (q->fd < 0) {
		path_of(q, first_row, 0, path);
		q->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (q->fd < 0)
			return -errno;
		q->open_name = first_row;
		q->open_bytes = 0;
		q->opened_ns = clock_ns(CLOCK_MONOTONIC);
	}
	rc = write_all(q->fd, q->scratch.at, q->scratch.len, q->open_bytes);
	if (rc == 0 && q->sync_full)
		rc = sync_now(q);
	if (rc) {
		/* What follows must not stand behind half a record. */
		if (ftruncate(q->fd, (off_t)q->open_bytes))
			close_open(q);
		return rc == -EDQUOT ? -ENOSPC : rc;
	}
	q->open_bytes += q->scratch.len;
	q->bytes += q->scratch.len;
	q->unsynced = !q->sync_full;
	return 0;
}

int lsp_click_queue_put(struct lsp_click_queue *q, const struct lsp_batch *b)
{
	struct record head = { .magic = RECORD_MAGIC };
	uint64_t now = clock_ns(CLOCK_REALTIME), own = q->next_row & (LSP_CLICK_ROW_STEP - 1);
	uint64_t row = (now & ~(uint64_t)(LSP_CLICK_ROW_STEP - 1)) | own, first;
	int rc;

	row = row > q->next_row ? row : q->next_row;
	first = row;
	lsp_buf_clear(&q->scratch);
	rc = lsp_buf_add(&q->scratch, &head, sizeof(head));
	rc = rc ? rc : lsp_click_rows_put(&q->scratch, b, &row, LSP_CLICK_ROW_STEP);
	if (rc)
		return rc;
	head.bytes = (uint32_t)(q->scratch.len - sizeof(head));
	head.crc = (uint32_t)crc32(0, (const Bytef *)q->scratch.at + sizeof(head), head.bytes);
	memcpy(q->scratch.at, &head, sizeof(head));
	pthread_mutex_lock(&q->lock);
	rc = append(q, first);
	if (rc == 0) {
		q->next_row = row;
		q->rows += b->n_spans + b->n_logs;
		pthread_cond_signal(&q->wake);
	}
	pthread_mutex_unlock(&q->lock);
	return rc;
}

void lsp_click_queue_sync(struct lsp_click_queue *q)
{
	int fd = -1;

	pthread_mutex_lock(&q->lock);
	if (q->unsynced && q->fd >= 0)
		fd = dup(q->fd);
	q->unsynced = false;
	pthread_mutex_unlock(&q->lock);
	if (fd >= 0) {
		(void)fdatasync(fd);
		close(fd);
	}
}

/* ---- out ------------------------------------------------------------------------------------- */

static void find_oldest(struct lsp_click_queue *q, uint64_t name, unsigned stage, void *arg)
{
	struct lsp_click_segment *oldest = arg;

	if (q->fd >= 0 && name == q->open_name)
		return;
	if (oldest->name == 0 || name < oldest->name)
		*oldest = (struct lsp_click_segment){ .name = name, .stage = stage };
}

/* Takes the records' heads out. A last record that is not whole was never acknowledged; one that
 * is whole and wrong is damage. */
static size_t unwrap(char *bytes, size_t len, bool *damaged)
{
	size_t from = 0, to = 0;
	struct record head;

	while (len - from >= sizeof(head)) {
		memcpy(&head, bytes + from, sizeof(head));
		from += sizeof(head);
		*damaged = head.magic != RECORD_MAGIC ||
			   (head.bytes <= len - from &&
				   crc32(0, (const Bytef *)bytes + from, head.bytes) != head.crc);
		if (*damaged || head.bytes > len - from)
			break;
		memmove(bytes + to, bytes + from, head.bytes);
		from += head.bytes;
		to += head.bytes;
	}
	return to;
}

static int read_segment(struct lsp_click_queue *q, struct lsp_click_segment *s)
{
	char path[4096];
	struct stat st;
	bool damaged = false;
	int fd, rc = 0;

	path_of(q, s->name, s->stage, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		rc = -errno;
	s->bytes = rc ? NULL : malloc((size_t)st.st_size + 1);
	if (rc == 0 && !s->bytes)
		rc = -ENOMEM;
	while (rc == 0 && s->len < (size_t)st.st_size) {
		ssize_t n =
			pread(fd, s->bytes + s->len, (size_t)st.st_size - s->len, (off_t)s->len);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		else if (n == 0)
			break;
		else
			s->len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (rc) {
		free(s->bytes);
		s->bytes = NULL;
		return rc;
	}
	s->len = unwrap(s->bytes, s->len, &damaged);
	if (damaged)
		lsp_click_queue_set_aside(q, s, "damaged on disk: what stands before it is sent");
	return 1;
}

int lsp_click_queue_next(
	struct lsp_click_queue *q, uint64_t linger_ns, struct lsp_click_segment *ret)
{
	struct timespec until;
	int rc;

	memset(ret, 0, sizeof(*ret));
	pthread_mutex_lock(&q->lock);
	rc = each_segment(q, find_oldest, ret);
	if (rc == 0 && ret->name == 0 && !q->stopping &&
		(q->fd < 0 || clock_ns(CLOCK_MONOTONIC) - q->opened_ns < linger_ns)) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += WAIT_NS < linger_ns || !linger_ns ? WAIT_NS : (long)linger_ns;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&q->wake, &q->lock, &until);
	}
	if (rc == 0 && ret->name == 0 && q->fd >= 0 &&
		(q->stopping || clock_ns(CLOCK_MONOTONIC) - q->opened_ns >= linger_ns)) {
		ret->name = q->open_name;
		close_open(q);
	}
	pthread_mutex_unlock(&q->lock);
	return rc || ret->name == 0 ? rc : read_segment(q, ret);
}

void lsp_click_queue_advance(struct lsp_click_queue *q, struct lsp_click_segment *s)
{
	char from[4096], to[4096];

	path_of(q, s->name, s->stage, from);
	path_of(q, s->name, s->stage + 1, to);
	if (rename(from, to) == 0)
		s->stage++;
}

void lsp_click_queue_done(struct lsp_click_queue *q, struct lsp_click_segment *s)
{
	char path[4096];
	struct stat st = { .st_size = 0 };

	path_of(q, s->name, s->stage, path);
	(void)stat(path, &st);
	if (unlink(path) == 0) {
		pthread_mutex_lock(&q->lock);
		q->bytes -= q->bytes < (uint64_t)st.st_size ? q->bytes : (uint64_t)st.st_size;
		pthread_mutex_unlock(&q->lock);
	}
}

void lsp_click_queue_set_aside(
	struct lsp_click_queue *q, const struct lsp_click_segment *s, const char *why)
{
	char from[4096], to[4096];
	int fd;

	snprintf(to, sizeof(to), "%s/set-aside", q->dir);
	(void)mkdir(to, 0700);
	path_of(q, s->name, s->stage, from);
	snprintf(to, sizeof(to), "%s/set-aside/%020" PRIu64 ".%u", q->dir, s->name, s->stage);
	(void)link(from, to);
	snprintf(to, sizeof(to), "%s/set-aside/%020" PRIu64 ".%u.why", q->dir, s->name, s->stage);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)!write(fd, why, strlen(why));
		close(fd);
	}
	pthread_mutex_lock(&q->lock);
	q->set_aside++;
	snprintf(q->set_aside_name, sizeof(q->set_aside_name), "%020" PRIu64 ".%u", s->name,
		s->stage);
	pthread_mutex_unlock(&q->lock);
}
