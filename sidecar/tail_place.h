/* How far a followed file was read, and how to know the file again: by device and inode, or, when
 * it was copied or compressed, by its first bytes and those before the place. */
#ifndef LSP_SIDECAR_TAIL_PLACE_H
#define LSP_SIDECAR_TAIL_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define LSP_TAIL_HEAD_BYTES 256
#define LSP_TAIL_NEAR_BYTES 64

struct lsp_tail_place {
	uint64_t device, inode; /* 0: no file any more; kept to know its copies */
	uint64_t offset;
	uint32_t head_bytes; /* of the first bytes that are in head_print */
	uint64_t head_print, near_print;
	bool unread; /* of a file that is gone: a copy may have more (not kept over a restart) */
	char path[PATH_MAX];
};

/* Takes the prints of an open file at this offset. */
void lsp_tail_place_take(struct lsp_tail_place *p, int fd, uint64_t offset);
/* True when the file still begins as it did. */
bool lsp_tail_place_same_head(const struct lsp_tail_place *p, int fd);
/* True when a file, plain or gzip, has the same bytes as the one of the place, and perhaps more. */
bool lsp_tail_place_is_copy(const struct lsp_tail_place *p, const char *path);

/* True when the other file has nothing but what the open one (fd) has from its start. */
bool lsp_tail_place_covers(const struct lsp_tail_place *p, int fd, const char *other);

/* The places of a file of ours, one a line. Loading stops at the first line that is not one; a file
 * that is not there has none. Returns how many, or -errno. */
int lsp_tail_places_load(const char *path, struct lsp_tail_place *places, size_t max);
/* Written beside, flushed, then put in the old one's place. Returns 0 or -errno. */
int lsp_tail_places_save(const char *path, const struct lsp_tail_place *const *places, size_t n);

#endif
