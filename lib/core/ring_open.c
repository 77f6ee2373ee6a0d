#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#define DATA_BYTES_MIN (64u * 1024)
#define NAME_TRIES     8

/* File systems on which a page that was once made ready stays writable without new space: where
 * each store may need a new block (btrfs, zfs) or a server (nfs, fuse), it could kill the host. */
#define FILE_SYSTEM_TABLE(X)                                                                       \
	X(0x01021994, "tmpfs")                                                                     \
	X(0x858458F6, "ramfs")                                                                     \
	X(0x0000EF53, "ext4")                                                                      \
	X(0x58465342, "xfs")                                                                       \
	X(0x794C7630, "overlay")

static bool is_safe_file_system(int fd)
{
	static const uint32_t safe[] = {
#define X(magic, name) magic,
		FILE_SYSTEM_TABLE(X)
#undef X
	};
	struct statfs st;
	if (fstatfs(fd, &st))
		return false;
	for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if ((uint32_t)st.f_type == safe[i])
			return true;
	return false;
}

static char *put_number(char *at, uint64_t value, unsigned base, int digits_min)
{
	char digits[24];
	int n = 0;
	for (; value || n < digits_min; value /= base)
		digits[n++] = "0123456789abcdefghijklmnopqrstuvwxyz"[value % base];
	while (n)
		*at++ = digits[--n];
	return at;
}

static void make_name(char *at, uint32_t pid, uint64_t start_ns, uint64_t random)
{
	at = put_number(at, pid, 10, 1);
	*at++ = '-';
	at = put_number(at, start_ns, 10, 1);
	*at++ = '-';
	at = put_number(at, random % 2176782336u /* 36 to the 6th */, 36, 6);
	memcpy(at, LSP_RING_SUFFIX, sizeof(LSP_RING_SUFFIX));
}

static bool join(char path[static PATH_MAX], const char *dir, const char *name)
{
	size_t n = strnlen(dir, PATH_MAX), m = strlen(name);
	if (n + 1 + m + 1 > PATH_MAX)
		return false;
	memcpy(path, dir, n);
	path[n] = '/';
	memcpy(path + n + 1, name, m + 1);
	return true;
}

static uint64_t random_key(const void *where)
{
	uint64_t key;
	if (getrandom(&key, sizeof(key), GRND_NONBLOCK) != sizeof(key))
		key = lsp_now_ns() * 0x9E3779B97F4A7C15ull ^ (uintptr_t)where;
	return key;
}

/* open() and close() belong to the shim's hooks, so these go to the kernel directly. */
static int create_file(struct lsp_ring *r, const char *dir, uint64_t start_ns)
{
	char path[PATH_MAX];
	for (unsigned i = 0; i < NAME_TRIES; i++) {
		make_name(r->name, r->pid, start_ns, (r->key >> 8) + i);
		if (!join(path, dir, r->name))
			return -ENAMETOOLONG;
		long fd = syscall(SYS_openat, AT_FDCWD, path,
			O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return (int)fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static void copy_text(char *to, size_t cap, const char *from)
{
	size_t n = from ? strnlen(from, cap - 1) : 0;
	if (n)
		memcpy(to, from, n);
}

/* Writing the header, not mapping it, gets its memory: a full file system is an error here. */
static int write_header(
	const struct lsp_ring *r, int fd, uint64_t start_ns, const struct lsp_ring_identity *id)
{
	struct lsp_ring_header h;
	memset(&h, 0, sizeof(h));
	h.version = LSP_RING_VERSION;
	h.header_bytes = LSP_RING_HEADER_BYTES;
	h.data_bytes = r->data_bytes;
	h.pid = r->pid;
	h.parent_pid = (uint32_t)getppid();
	h.start_ns = start_ns;
	h.key = r->key;
	copy_text(h.service, sizeof(h.service), id->service);
	copy_text(h.program, sizeof(h.program), id->program);
	copy_text(h.writer, sizeof(h.writer), id->writer);
	long n = syscall(SYS_pwrite64, fd, &h, sizeof(h), 0L);
	if (n < 0)
		return -errno;
	return n == sizeof(h) ? 0 : -ENOSPC;
}

/* Kernels before 5.14 cannot get memory for a mapping later without the danger of a signal: there
 * the whole ring gets it now. */
static int map_file(struct lsp_ring *r, int fd)
{
	if (ftruncate(fd, (off_t)r->map_bytes))
		return -errno;
	void *map = mmap(NULL, r->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	uint64_t ready = 0;
	if (madvise(map, LSP_RING_HEADER_BYTES, MADV_POPULATE_WRITE)) {
		ready = UINT64_MAX;
		if (errno != EINVAL || fallocate(fd, 0, 0, (off_t)r->map_bytes)) {
			int rc = errno == EINVAL ? -EOPNOTSUPP : -errno;
			munmap(map, r->map_bytes);
			return rc;
		}
	}
	atomic_store_explicit(&r->ready, ready, memory_order_relaxed);
	r->map = map;
	r->counters = &r->map->counters;
	return 0;
}

static int fill_file(
	struct lsp_ring *r, int fd, uint64_t start_ns, const struct lsp_ring_identity *id)
{
	struct rlimit limit;
	/* Growing a file beyond this limit is answered with a signal that kills. */
	if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < r->map_bytes)
		return -EFBIG;
	if (!is_safe_file_system(fd))
		return -EOPNOTSUPP;
	if (flock(fd, LOCK_SH | LOCK_NB))
		return -errno;
	int rc = write_header(r, fd, start_ns, id);
	if (rc == 0)
		rc = map_file(r, fd);
	return rc;
}

static void remove_file(const struct lsp_ring *r, const char *dir)
{
	char path[PATH_MAX];
	if (join(path, dir, r->name))
		unlink(path);
}

void lsp_ring_init(struct lsp_ring *r)
{
	memset(r, 0, sizeof(*r));
	r->counters = &r->spare;
}

int lsp_ring_open(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id)
{
	int saved = errno;
	lsp_ring_init(r);
	if (data_bytes == 0)
		data_bytes = LSP_RING_DATA_BYTES;
	if (data_bytes < DATA_BYTES_MIN || data_bytes > LSP_RING_DATA_BYTES_MAX ||
		(data_bytes & (data_bytes - 1)))
		return -EINVAL;
	uint64_t start_ns = lsp_now_ns();
	r->pid = (uint32_t)getpid();
	r->data_bytes = data_bytes;
	r->map_bytes = LSP_RING_HEADER_BYTES + data_bytes;
	r->key = random_key(r);

	int fd = create_file(r, dir, start_ns);
	int rc = fd < 0 ? fd : fill_file(r, fd, start_ns, id);
	if (fd >= 0) {
		if (rc)
			remove_file(r, dir);
		syscall(SYS_close, fd);
	}
	if (rc) {
		lsp_ring_init(r);
	} else {
		uint64_t magic;
		memcpy(&magic, LSP_RING_MAGIC, sizeof(magic));
		__atomic_store_n((uint64_t *)(void *)r->map->magic, magic, __ATOMIC_RELEASE);
	}
	errno = saved;
	return rc;
}

/* Gives the parent's file up, but not its addresses: fork() may have been called in a signal
 * handler that came in the middle of a put, which then goes on here. It writes into nothing. */
static void disown(void *map, uint64_t map_bytes)
{
	void *at = mmap(map, map_bytes, PROT_READ | PROT_WRITE,
		MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (at == MAP_FAILED)
		munmap(map, map_bytes);
}

void lsp_ring_reopen_after_fork(struct lsp_ring *r, const char *dir, uint64_t data_bytes,
	const struct lsp_ring_identity *id)
{
	int saved = errno;
	struct lsp_ring parents = *r;
	if (lsp_ring_open(r, dir, data_bytes, id) == 0) {
		if (parents.map)
			disown(parents.map, parents.map_bytes);
	} else if (parents.map) {
		*r = parents; /* its counters are in the mapping: nothing points into `parents` */
		r->pid = (uint32_t)getpid();
		r->name[0] = 0; /* the file is the parent's: not ours to remove */
	}
	errno = saved;
}

void lsp_ring_rename(struct lsp_ring *r, const char *service)
{
	struct lsp_ring_header *h = r->map;
	uint64_t even = h ? atomic_load_explicit(&h->renamed, memory_order_relaxed) & ~1ull : 0;

	if (!h || !atomic_compare_exchange_strong(&h->renamed, &even, even + 1))
		return;
	atomic_thread_fence(memory_order_release);
	memset(h->service, 0, sizeof(h->service));
	copy_text(h->service, sizeof(h->service), service);
	atomic_store_explicit(&h->renamed, even + 2, memory_order_release);
}

void lsp_ring_close(struct lsp_ring *r, const char *dir)
{
	int saved = errno;
	uint64_t unused = 0;
	if (r->map && r->name[0] &&
		atomic_compare_exchange_strong(&r->map->head, &unused, LSP_RING_HEAD_CLOSED))
		remove_file(r, dir);
	errno = saved;
}

void lsp_ring_release(struct lsp_ring *r, const char *dir)
{
	int saved = errno;
	if (r->map) {
		lsp_ring_close(r, dir);
		munmap(r->map, r->map_bytes);
	}
	lsp_ring_init(r);
	errno = saved;
}

bool lsp_ring_is_drained(const struct lsp_ring *r)
{
	return !r->map || atomic_load_explicit(&r->map->tail, memory_order_acquire) >=
				  atomic_load_explicit(&r->map->head, memory_order_relaxed);
}

uint64_t lsp_ring_room(const struct lsp_ring *r)
{
	if (!r->map)
		return 0;
	uint64_t used = atomic_load_explicit(&r->map->head, memory_order_relaxed) -
			atomic_load_explicit(&r->map->tail, memory_order_acquire);
	return used <= r->data_bytes ? r->data_bytes - used : 0;
}

bool lsp_ring_owner_lives(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return true;
	flock(fd, LOCK_UN);
	return false;
}
