#include "ring_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS          1000000000ull
#define SCAN_NS            (2 * SECOND_NS)
#define SCAN_UNWATCHED_NS  (SECOND_NS / 10)
#define UNFINISHED_SECONDS 10
#define EVENT_READS_MAX                                                                            \
	16 /* in one round: a writer who makes events without end does not keep us */
#define BAD_SUFFIX ".bad"

uint64_t lsp_ring_monotonic_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

int lsp_ring_spool_open(struct lsp_ring_spool *s, const char *dir)
{
	memset(s, 0, sizeof(*s));
	s->watch_fd = -1;
	s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir_fd < 0)
		return -errno;
	s->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	/* A mapping holds its file open: IN_CLOSE_WRITE comes when the last one is gone. */
	if (s->watch_fd >= 0 &&
		inotify_add_watch(s->watch_fd, dir, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
		close(s->watch_fd);
		s->watch_fd = -1;
	}
	return 0;
}

static void forget(struct lsp_ring_open *r)
{
	close(r->file.fd);
	lsp_ring_processes_release(&r->processes);
	free(r);
}

void lsp_ring_spool_release(struct lsp_ring_spool *s)
{
	for (size_t i = 0; i < s->n; i++)
		forget(s->rings[i]);
	free(s->rings);
	if (s->watch_fd >= 0)
		close(s->watch_fd);
	close(s->dir_fd);
}

static bool is_ring_name(const char *name)
{
	size_t n = strlen(name), suffix = strlen(LSP_RING_SUFFIX);
	return n > suffix && n + strlen(BAD_SUFFIX) <= NAME_MAX &&
	       strcmp(name + n - suffix, LSP_RING_SUFFIX) == 0;
}

static struct lsp_ring_open *find(const struct lsp_ring_spool *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->rings[i]->file.name, name) == 0)
			return s->rings[i];
	return NULL;
}

/* Renamed, so that somebody can look at it; never over a file that is there already. What may not
 * be renamed is remembered and left alone. */
static void set_aside(struct lsp_ring_spool *s, const char *name)
{
	char bad[NAME_MAX + 1];
	struct stat st;
	s->bad_rings++;
	snprintf(bad, sizeof(bad), "%s" BAD_SUFFIX, name);
	if (renameat2(s->dir_fd, name, s->dir_fd, bad, RENAME_NOREPLACE) == 0)
		return;
	if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		s->left[s->n_left++ % LSP_RING_NAMES_PENDING] = st.st_ino;
}

static bool was_left(const struct lsp_ring_spool *s, const char *name)
{
	struct stat st;
	if (s->n_left == 0 || fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	for (unsigned i = 0; i < s->n_left && i < LSP_RING_NAMES_PENDING; i++)
		if (s->left[i] == st.st_ino)
			return true;
	return false;
}

static bool has_room(struct lsp_ring_spool *s, uid_t owner)
{
	size_t same = 0;
	if (s->n >= LSP_RINGS_MAX)
		return false;
	for (size_t i = 0; i < s->n; i++)
		same += s->rings[i]->file.owner == owner;
	if (same >= LSP_RINGS_PER_OWNER_MAX)
		return false;
	if (s->n < s->cap)
		return true;
	size_t cap = s->cap ? 2 * s->cap : 64;
	struct lsp_ring_open **more = realloc(s->rings, cap * sizeof(*more));
	if (!more)
		return false;
	s->rings = more;
	s->cap = cap;
	return true;
}

/* A writer that died between making a file and its header left nothing in it. */
static void remove_unfinished(struct lsp_ring_spool *s, const char *name)
{
	struct stat st;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	if (fstatat(s->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) ||
		now.tv_sec - st.st_mtim.tv_sec < UNFINISHED_SECONDS)
		return;
	int fd = openat(s->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(s->dir_fd, name, 0);
	close(fd);
}

/* What has no place here is found by the next scan. */
static void remember_pending(struct lsp_ring_spool *s, const char *name)
{
	for (unsigned i = 0; i < s->n_pending; i++)
		if (strcmp(s->pending[i], name) == 0)
			return;
	if (s->n_pending < LSP_RING_NAMES_PENDING)
		strcpy(s->pending[s->n_pending++], name);
}

static void try_open(struct lsp_ring_spool *s, const char *name)
{
	if (!is_ring_name(name) || find(s, name) || was_left(s, name))
		return;
	struct lsp_ring_open *r = calloc(1, sizeof(*r));
	if (!r)
		return;
	int rc = lsp_ring_file_open(&r->file, s->dir_fd, name);
	if (rc == 0 && !has_room(s, r->file.owner)) {
		close(r->file.fd);
		rc = -EMFILE;
	}
	if (rc == 0) {
		s->rings[s->n++] = r;
		return;
	}
	free(r);
	if (rc == -EBADMSG)
		set_aside(s, name);
	else if (rc == -EAGAIN)
		remember_pending(s, name);
}

static void scan(struct lsp_ring_spool *s, uint64_t now_ns)
{
	s->scan_ns = now_ns + (s->watch_fd >= 0 ? SCAN_NS : SCAN_UNWATCHED_NS);
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		try_open(s, e->d_name);
		if (s->n_pending && strcmp(s->pending[s->n_pending - 1], e->d_name) == 0)
			remove_unfinished(s, e->d_name);
	}
	closedir(d);
}

static void handle(struct lsp_ring_spool *s, const struct inotify_event *e)
{
	if (e->mask & IN_Q_OVERFLOW) {
		s->scan_ns = 0;
		for (size_t i = 0; i < s->n; i++)
			s->rings[i]->check_ns = 0;
	}
	if (e->len == 0)
		return;
	/* Closing files of ours makes events, too: those of unknown files say nothing. */
	struct lsp_ring_open *r = find(s, e->name);
	if (r)
		r->check_ns = 0;
	else if (e->mask & (IN_CREATE | IN_MOVED_TO))
		try_open(s, e->name);
}

static void read_events(struct lsp_ring_spool *s)
{
	_Alignas(struct inotify_event) char events[16 * 1024];
	for (int i = 0; i < EVENT_READS_MAX; i++) {
		ssize_t n = s->watch_fd >= 0 ? read(s->watch_fd, events, sizeof(events)) : 0;
		if (n <= 0)
			return;
		for (const char *p = events; p < events + n;) {
			const struct inotify_event *e =
				(const struct inotify_event *)(const void *)p;
			handle(s, e);
			p += sizeof(*e) + e->len;
		}
	}
}

static void retry_pending(struct lsp_ring_spool *s)
{
	char names[LSP_RING_NAMES_PENDING][256];
	unsigned n = s->n_pending;
	memcpy(names, s->pending, n * sizeof(names[0]));
	s->n_pending = 0;
	for (unsigned i = 0; i < n; i++)
		try_open(s, names[i]);
}

void lsp_ring_spool_look(struct lsp_ring_spool *s, uint64_t now_ns)
{
	retry_pending(s);
	read_events(s);
	if (now_ns >= s->scan_ns) {
		s->n_pending = 0; /* the scan finds them again */
		scan(s, now_ns);
	}
}

void lsp_ring_spool_set_aside(struct lsp_ring_spool *s, struct lsp_ring_open *r)
{
	set_aside(s, r->file.name);
	r->gone = true;
}

void lsp_ring_spool_remove(struct lsp_ring_spool *s, struct lsp_ring_open *r)
{
	struct stat st;
	if (fstatat(s->dir_fd, r->file.name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_ino == r->file.inode)
		unlinkat(s->dir_fd, r->file.name, 0);
	r->gone = true;
}

void lsp_ring_spool_sweep(struct lsp_ring_spool *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct lsp_ring_open *r = s->rings[i];
		if (r->gone) {
			s->dropped += r->file.dropped;
			forget(r);
		} else {
			s->rings[kept++] = r;
		}
	}
	s->n = kept;
}
