#include "grep_files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_STEP_BYTES (32u * 1024 * 1024)
#define READ_BYTES     (256u * 1024)
#define LINE_BYTES_MAX (16u * 1024 * 1024)
#define MAGIC_BYTES    6

/* ---- plain files: mapped ---- */

/* A log that is truncated while it is mapped (logrotate's copytruncate) raises SIGBUS in the thread
 * that reads it. */
static __thread sigjmp_buf map_gone;
static __thread volatile sig_atomic_t in_map;

static void on_bus_error(int sig)
{
	if (in_map)
		siglongjmp(map_gone, 1);
	signal(sig, SIG_DFL); /* it comes again, and is another's */
}

/* Steps through the map by pieces that end at a newline; the kernel maps each piece's pages at
 * once, which is cheaper than a fault for every sixteenth page. */
static int scan_map(const char *map, size_t size, lsp_grep_block *block, void *arg)
{
	const char *from = map, *end = map + size;
	int rc = 0;
	while (rc == 0 && from < end) {
		const char *to = end;
		if ((size_t)(end - from) > MAP_STEP_BYTES) {
			to = memchr(
				from + MAP_STEP_BYTES, '\n', (size_t)(end - from) - MAP_STEP_BYTES);
			to = to ? to + 1 : end;
		}
		uintptr_t page = (uintptr_t)from & ~(uintptr_t)4095;
#ifdef MADV_POPULATE_READ
		/* Fails on old kernels and at a truncated end: the faults come one by one then. */
		(void)madvise((void *)page, (uintptr_t)to - page, MADV_POPULATE_READ);
#else
		(void)madvise((void *)page, (uintptr_t)to - page, MADV_WILLNEED);
#endif
		rc = block(arg, from, to);
		/* Done with: a file of many gigabytes is not to look like memory of that size. */
		(void)madvise((void *)page, (uintptr_t)to - page, MADV_DONTNEED);
		from = to;
	}
	return rc;
}

/* Where the first line that begins at `from` or behind it begins; `to` when there is none. */
static const char *first_line(const char *map, size_t at, size_t from, size_t to)
{
	if (from == 0)
		return map;
	const char *newline = memchr(map + (from - 1 - at), '\n', to - from + 1);
	return newline ? newline + 1 : map + (to - at);
}

/* map: the file from `at` on. */
static int scan_part(const char *map, size_t at, size_t size, size_t from, size_t to,
	lsp_grep_block *block, void *arg)
{
	const char *begin = first_line(map, at, from, to), *end = map + (size - at);
	if (begin >= map + (to - at))
		return 0;
	if (to < size) {
		const char *newline = memchr(map + (to - 1 - at), '\n', size - to + 1);
		end = newline ? newline + 1 : end;
	}
	return scan_map(begin, (size_t)(end - begin), block, arg);
}

static int read_map(int fd, size_t size, size_t from, size_t to, lsp_grep_block *block, void *arg)
{
	size_t at = from ? (from - 1) & ~(size_t)4095 : 0;
	char *volatile map = mmap(NULL, size - at, PROT_READ, MAP_SHARED, fd, (off_t)at);
	if (map == MAP_FAILED)
		return -errno;
	struct sigaction ours = { .sa_handler = on_bus_error };
	volatile int rc;
	/* Installed for good: other threads may be reading. */
	sigaction(SIGBUS, &ours, NULL);
	if (sigsetjmp(map_gone, 1) == 0) {
		in_map = 1;
		rc = scan_part(map, at, size, from, to, block, arg);
	} else {
		rc = -ESTALE;
	}
	in_map = 0;
	munmap(map, size - at);
	return rc;
}

/* ---- everything else: a stream ---- */

/* Bytes on their way from a descriptor, through a decompressor or not, to whole lines. */
struct stream {
	int fd;
	bool at_end;
	struct lsp_inflate *inflate;
	uint8_t *in; /* READ_BYTES; only what was not used yet: */
	const uint8_t *in_at;
	size_t in_n;
	char *lines; /* LINE_BYTES_MAX */
	size_t n;
};

static int fill_input(struct stream *s)
{
	ssize_t n;
	do
		n = read(s->fd, s->in, READ_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	s->in_at = s->in;
	s->in_n = (size_t)n;
	s->at_end = n == 0;
	return 0;
}

/* The first bytes decide the format; a pipe may give them one by one. */
static int begin_stream(struct stream *s)
{
	while (s->in_n < MAGIC_BYTES && !s->at_end) {
		ssize_t n = read(s->fd, s->in + s->in_n, READ_BYTES - s->in_n);
		if (n < 0 && errno != EINTR)
			return -errno;
		s->at_end = n == 0;
		s->in_n += n > 0 ? (size_t)n : 0;
	}
	s->in_at = s->in;
	s->inflate = lsp_inflate_new(s->in, s->in_n);
	return 0;
}

/* Puts some more bytes behind s->lines. Returns 0 (nothing came, for now), their count, -errno. */
static ptrdiff_t more_bytes(struct stream *s)
{
	size_t room = LINE_BYTES_MAX - s->n;
	if (s->in_n == 0 && !s->at_end) {
		int rc = fill_input(s);
		if (rc)
			return rc;
	}
	if (s->inflate)
		return lsp_inflate_step(
			s->inflate, &s->in_at, &s->in_n, s->at_end, s->lines + s->n, room);
	size_t n = s->in_n < room ? s->in_n : room;
	memcpy(s->lines + s->n, s->in_at, n);
	s->in_at += n;
	s->in_n -= n;
	return (ptrdiff_t)n;
}

/* Gives the whole lines to the caller and keeps the beginning of the next one. */
static int hand_over(struct stream *s, bool all, lsp_grep_block *block, void *arg)
{
	size_t whole = s->n;
	if (!all) {
		const char *newline = memrchr(s->lines, '\n', s->n);
		if (newline)
			whole = (size_t)(newline - s->lines) + 1;
		else if (s->n < LINE_BYTES_MAX)
			return 0;
	}
	int rc = whole ? block(arg, s->lines, s->lines + whole) : 0;
	memmove(s->lines, s->lines + whole, s->n - whole);
	s->n -= whole;
	return rc;
}

static int run_stream(struct stream *s, lsp_grep_block *block, void *arg)
{
	int rc = begin_stream(s);
	while (rc == 0) {
		bool last = s->at_end && s->in_n == 0;
		ptrdiff_t n = more_bytes(s);
		if (n < 0)
			rc = (int)n;
		else if (n == 0 && last)
			break;
		s->n += n > 0 ? (size_t)n : 0;
		int stop = hand_over(s, rc != 0, block, arg);
		rc = rc ? rc : stop;
	}
	return rc ? rc : hand_over(s, true, block, arg);
}

static int read_stream(int fd, lsp_grep_block *block, void *arg)
{
	struct stream s = { .fd = fd, .in = malloc(READ_BYTES), .lines = malloc(LINE_BYTES_MAX) };
	int rc = s.in && s.lines ? run_stream(&s, block, arg) : -ENOMEM;
	lsp_inflate_free(s.inflate);
	free(s.in);
	free(s.lines);
	return rc;
}

static bool is_compressed(int fd)
{
	uint8_t magic[MAGIC_BYTES];
	ssize_t n = pread(fd, magic, sizeof(magic), 0);
	struct lsp_inflate *s = n > 0 ? lsp_inflate_new(magic, (size_t)n) : NULL;
	lsp_inflate_free(s);
	return s != NULL;
}

int lsp_grep_read_part(
	const char *path, uint64_t from, uint64_t to, lsp_grep_block *block, void *arg)
{
	if (strcmp(path, "-") == 0)
		return read_stream(STDIN_FILENO, block, arg);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	struct stat st;
	int rc = -ENODEV;
	/* Files of /proc have no size and cannot be mapped. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && !is_compressed(fd)) {
		uint64_t size = (uint64_t)st.st_size;
		rc = from >= size ? -ESTALE
				  : read_map(fd, size, from, to < size ? to : size, block, arg);
	}
	if ((rc == -ENODEV || rc == -EACCES) && from == 0)
		rc = read_stream(fd, block, arg);
	close(fd);
	return rc;
}

int lsp_grep_read(const char *path, lsp_grep_block *block, void *arg)
{
	return lsp_grep_read_part(path, 0, UINT64_MAX, block, arg);
}

uint64_t lsp_grep_parts_of(const char *path)
{
	struct stat st;
	if (strcmp(path, "-") == 0 || stat(path, &st) || !S_ISREG(st.st_mode))
		return 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint64_t size = fd >= 0 && !is_compressed(fd) ? (uint64_t)st.st_size : 0;
	if (fd >= 0)
		close(fd);
	return size;
}
