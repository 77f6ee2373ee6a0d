#include "ring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATA_BYTES_MIN (64u * 1024)
#define DROPPED_MAX    (1ull << 48) /* more is a lie */
#define AT(field)      ((off_t)offsetof(struct lsp_ring_header, field))

static bool read_all(int fd, void *bytes, size_t n, off_t offset)
{
	return pread(fd, bytes, n, offset) == (ssize_t)n;
}

static bool positions_can_be(uint64_t tail, uint64_t head, uint64_t data_bytes)
{
	return head < LSP_RING_HEAD_CLOSED && tail <= head && head - tail <= data_bytes &&
	       ((tail | head) & 7) == 0;
}

static int check_header(const struct lsp_ring_header *h, off_t file_bytes)
{
	uint64_t size = h->data_bytes;
	if (memcmp(h->magic, LSP_RING_MAGIC, sizeof(h->magic)) != 0 ||
		h->version != LSP_RING_VERSION || h->header_bytes != LSP_RING_HEADER_BYTES)
		return -EBADMSG;
	if (size < DATA_BYTES_MIN || size > LSP_RING_DATA_BYTES_MAX || (size & (size - 1)) ||
		file_bytes != (off_t)(LSP_RING_HEADER_BYTES + size))
		return -EBADMSG;
	if (h->head != LSP_RING_HEAD_CLOSED && !positions_can_be(h->tail, h->head, size))
		return -EBADMSG;
	return 0;
}

static void take_header(struct lsp_ring_file *f, const struct lsp_ring_header *h)
{
	f->data_bytes = h->data_bytes;
	f->key = h->key;
	f->head = f->read = f->acked = h->tail;
	f->process_sent = h->process_sent != 0;
	f->pid = h->pid;
	memcpy(f->service, h->service, sizeof(f->service) - 1);
	f->renamed = (h->renamed & 1) ? 0 : h->renamed;
	memcpy(f->program, h->program, sizeof(f->program) - 1);
	memcpy(f->writer, h->writer, sizeof(f->writer) - 1);
}

static bool is_plain(const struct stat *st)
{
	/* A second link would let one user have another user's file written to. */
	return S_ISREG(st->st_mode) && st->st_nlink <= 1;
}

static int read_header(struct lsp_ring_file *f)
{
	struct lsp_ring_header h;
	struct stat st;
	if (fstat(f->fd, &st))
		return -errno;
	if (!is_plain(&st))
		return -EBADMSG;
	f->inode = st.st_ino;
	f->owner = st.st_uid;
	memset(&h, 0, sizeof(h));
	if (pread(f->fd, &h, sizeof(h), 0) < 0)
		return -errno;
	static const char unfinished[sizeof(h.magic)];
	if (memcmp(h.magic, unfinished, sizeof(h.magic)) == 0)
		return -EAGAIN;
	int rc = check_header(&h, st.st_size);
	if (rc == 0)
		take_header(f, &h);
	return rc;
}

int lsp_ring_file_open(struct lsp_ring_file *ret, int dir_fd, const char *name)
{
	struct stat st;
	struct lsp_ring_file f = { .fd = -1 };
	if (strlen(name) >= sizeof(f.name))
		return -ENAMETOOLONG;
	strcpy(f.name, name);
	/* Looked at before it is opened: opening some kinds of files does something. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!is_plain(&st))
		return -EBADMSG;
	f.fd = openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (f.fd < 0)
		return errno == ELOOP || errno == EISDIR ? -EBADMSG : -errno;
	int rc = read_header(&f);
	if (rc) {
		close(f.fd);
		return rc;
	}
	*ret = f;
	return 0;
}

/* The writer learned what its service is called. When it is at it, the next look finds it. */
static void refresh_service(struct lsp_ring_file *f, uint64_t renamed)
{
	char service[sizeof(((struct lsp_ring_header *)0)->service)];
	uint64_t after;
	if ((renamed & 1) || !read_all(f->fd, service, sizeof(service), AT(service)) ||
		!read_all(f->fd, &after, sizeof(after), AT(renamed)) || after != renamed)
		return;
	memcpy(f->service, service, sizeof(f->service) - 1);
	f->renamed = renamed;
}

int lsp_ring_file_refresh(struct lsp_ring_file *f)
{
	uint64_t line[2];
	_Static_assert(AT(renamed) == AT(head) + 8, "one read");
	if (!read_all(f->fd, line, sizeof(line), AT(head)))
		return -EBADMSG;
	if (line[1] != f->renamed)
		refresh_service(f, line[1]);
	uint64_t head = line[0];
	if (head == LSP_RING_HEAD_CLOSED && f->acked == 0)
		return -ENODATA;
	if (!positions_can_be(f->acked, head, f->data_bytes) || head < f->head)
		return -EBADMSG;
	f->head = head;
	return 0;
}

void lsp_ring_file_refresh_dropped(struct lsp_ring_file *f)
{
	uint64_t dropped;
	if (read_all(f->fd, &dropped, sizeof(dropped),
		    AT(counters.slot[LSP_COUNTER_RING_DROPPED])) &&
		dropped > f->dropped && dropped < DROPPED_MAX)
		f->dropped = dropped;
}

size_t lsp_ring_file_read(const struct lsp_ring_file *f, uint64_t position, void *bytes, size_t n)
{
	uint64_t offset = position & (f->data_bytes - 1);
	if (n > f->data_bytes - offset)
		n = f->data_bytes - offset;
	ssize_t got = pread(f->fd, bytes, n, (off_t)(LSP_RING_HEADER_BYTES + offset));
	return got > 0 ? (size_t)got : 0;
}

int lsp_ring_file_ack(struct lsp_ring_file *f)
{
	uint64_t line[2] = { f->read, f->process_sent };
	_Static_assert(AT(process_sent) == AT(tail) + 8, "one write");
	ssize_t n = pwrite(f->fd, line, sizeof(line), AT(tail));
	if (n != sizeof(line))
		return n < 0 ? -errno : -EIO;
	f->acked = f->read;
	return 0;
}

static bool is_word(uint64_t word, uint64_t position, uint64_t key, unsigned type, uint64_t size)
{
	return word == lsp_ring_word(position, key, size, type);
}

static uint64_t size_of(uint64_t word)
{
	return (word >> 8 & 0xffffff) << 3;
}

size_t lsp_ring_file_process_start(const struct lsp_ring_file *f, void *buf)
{
	uint64_t word, again;
	if (!read_all(f->fd, &word, sizeof(word), AT(process_start)) ||
		!read_all(f->fd, buf, LSP_RING_START_BYTES_MAX, AT(process_start)))
		return 0;
	uint64_t size = size_of(word);
	memcpy(&again, buf, sizeof(again));
	if (word != again || size < sizeof(struct lsp_ring_span) ||
		size > LSP_RING_START_BYTES_MAX ||
		!is_word(word, LSP_RING_POSITION_START, f->key, LSP_RECORD_PROCESS_START, size))
		return 0;
	return size;
}

size_t lsp_ring_file_process_end(const struct lsp_ring_file *f, struct lsp_ring_exit *ret)
{
	uint64_t word;
	if (!read_all(f->fd, &word, sizeof(word), AT(process_end)) ||
		!is_word(word, LSP_RING_POSITION_END, f->key, LSP_RECORD_PROCESS_END,
			sizeof(*ret)) ||
		!read_all(f->fd, ret, sizeof(*ret), AT(process_end)))
		return 0;
	return sizeof(*ret);
}

bool lsp_ring_word_fits(const struct lsp_ring_file *f, uint64_t position, uint64_t word,
	unsigned *type, uint32_t *size)
{
	uint64_t bytes = size_of(word);
	uint64_t to_end = f->data_bytes - (position & (f->data_bytes - 1));
	unsigned kind = word & 0xff;
	if (!is_word(word, position, f->key, kind, bytes) || bytes > to_end ||
		bytes > LSP_RING_RECORD_BYTES_MAX || bytes > f->head - position)
		return false;
	if (kind == LSP_RECORD_PAD ? bytes != to_end : bytes < sizeof(struct lsp_ring_common))
		return false;
	if (type)
		*type = kind;
	if (size)
		*size = (uint32_t)bytes;
	return true;
}
