/* One ring's file, opened for reading: every number in it is checked here or by ring_cursor.h.
 *
 * The file is read with pread() and never mapped: its owner may cut it short at any time, which a
 * mapping answers with SIGBUS and a read with fewer bytes. */
#ifndef LSP_WIRE_RING_FILE_H
#define LSP_WIRE_RING_FILE_H

#include "../core/ring_layout.h"
#include <sys/types.h>

struct lsp_ring_file {
	int fd;
	char name[256];
	ino_t inode;
	uid_t owner; /* of the file: whom the records are from */
	uint64_t data_bytes; /* a power of two */
	uint64_t key;
	uint64_t head; /* as last seen; acked <= read <= head <= acked + data_bytes */
	uint64_t read; /* next position to read */
	uint64_t acked; /* the tail in the file */
	uint64_t dropped; /* the writer's counter, as last seen */
	bool process_sent; /* the span of the header's process_start is in the store */
	/* From the header, NUL-terminated; any bytes. */
	char service[128], program[128], writer[32];
	uint64_t renamed; /* the writer's count that `service` is of */
	uint32_t pid;
};

/* Opens DIR/name. Returns 0; -EAGAIN when the writer has not finished making it; -EBADMSG when it
 * is no ring (not a regular file, more than one link, a header or positions that cannot be); other
 * -errno of the system (-EACCES, -ENOENT). The caller closes ret->fd. */
int lsp_ring_file_open(struct lsp_ring_file *ret, int dir_fd, const char *name);

/* Looks where the writer is. Returns 0, -EBADMSG when the file shrank or head cannot be, -ENODATA
 * when the owner gave the ring up unused (and removed it). */
int lsp_ring_file_refresh(struct lsp_ring_file *f);

/* Reads the writer's count of dropped records into f->dropped. */
void lsp_ring_file_refresh_dropped(struct lsp_ring_file *f);

/* Reads up to n bytes at a position, up to the end of the data at most. Returns how many, 0 when
 * the file is shorter than it says. */
size_t lsp_ring_file_read(const struct lsp_ring_file *f, uint64_t position, void *bytes, size_t n);

/* Moves the tail up to `read`, and stores process_sent. Returns 0 or -errno. */
int lsp_ring_file_ack(struct lsp_ring_file *f);

/* The kept start of the process, with what follows it, into buf of LSP_RING_START_BYTES_MAX bytes,
 * 8-aligned; and its end. Return the record's size, 0 when there is none. */
size_t lsp_ring_file_process_start(const struct lsp_ring_file *f, void *buf);
size_t lsp_ring_file_process_end(const struct lsp_ring_file *f, struct lsp_ring_exit *ret);

/* True when a word is that of a whole record at this position (type and size too, if not NULL). */
bool lsp_ring_word_fits(const struct lsp_ring_file *f, uint64_t position, uint64_t word,
	unsigned *type, uint32_t *size);

#endif
