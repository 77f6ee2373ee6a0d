#include "tail_place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static uint64_t print_of(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint64_t h = 0xcbf29ce484222325u;
	for (; n > 0; n--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	return h;
}

static bool print_at(int fd, uint64_t offset, size_t n, uint64_t *ret)
{
	char bytes[LSP_TAIL_HEAD_BYTES];
	if (pread(fd, bytes, n, (off_t)offset) != (ssize_t)n)
		return false;
	*ret = print_of(bytes, n);
	return true;
}

static size_t near_bytes(const struct lsp_tail_place *p)
{
	return p->offset < LSP_TAIL_NEAR_BYTES ? (size_t)p->offset : LSP_TAIL_NEAR_BYTES;
}

void lsp_tail_place_take(struct lsp_tail_place *p, int fd, uint64_t offset)
{
	uint32_t head = offset < LSP_TAIL_HEAD_BYTES ? (uint32_t)offset : LSP_TAIL_HEAD_BYTES;
	p->offset = offset;
	if (head != p->head_bytes)
		p->head_bytes = print_at(fd, 0, head, &p->head_print) ? head : 0;
	if (!print_at(fd, offset - near_bytes(p), near_bytes(p), &p->near_print))
		p->near_print = 0;
}

bool lsp_tail_place_same_head(const struct lsp_tail_place *p, int fd)
{
	uint64_t now;
	return p->head_bytes == 0 || (print_at(fd, 0, p->head_bytes, &now) && now == p->head_print);
}

bool lsp_tail_place_is_copy(const struct lsp_tail_place *p, const char *path)
{
	char bytes[LSP_TAIL_HEAD_BYTES];
	size_t n = near_bytes(p);
	gzFile f = p->head_bytes ? gzopen(path, "rb") : NULL;
	if (!f)
		return false;
	bool same = gzread(f, bytes, p->head_bytes) == (int)p->head_bytes &&
		    print_of(bytes, p->head_bytes) == p->head_print &&
		    gzseek(f, (z_off_t)(p->offset - n), SEEK_SET) >= 0 &&
		    gzread(f, bytes, (unsigned)n) == (int)n && print_of(bytes, n) == p->near_print;
	gzclose(f);
	return same;
}

bool lsp_tail_place_covers(const struct lsp_tail_place *p, int fd, const char *other)
{
	int copy = open(other, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint64_t here, there;
	struct stat st;
	bool covered = false;
	if (copy >= 0 && fstat(copy, &st) == 0 && st.st_size > 0) {
		uint64_t size = (uint64_t)st.st_size;
		size_t n = size < LSP_TAIL_HEAD_BYTES ? (size_t)size : LSP_TAIL_HEAD_BYTES;
		covered = p->head_bytes && size >= p->head_bytes && print_at(fd, 0, n, &here) &&
			  print_at(copy, 0, n, &there) && here == there &&
			  print_at(fd, size - n, n, &here) && print_at(copy, size - n, n, &there) &&
			  here == there;
	}
	if (copy >= 0)
		close(copy);
	return covered;
}

int lsp_tail_places_load(const char *path, struct lsp_tail_place *places, size_t max)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;
	char line[PATH_MAX + 200];
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (n < max && fgets(line, sizeof(line), f)) {
		struct lsp_tail_place *p = &places[n];
		int at = 0;
		size_t end = strcspn(line, "\n");
		if (sscanf(line,
			    "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu32 " %" SCNx64 " %" SCNx64
			    " %n",
			    &p->device, &p->inode, &p->offset, &p->head_bytes, &p->head_print,
			    &p->near_print, &at) != 6 ||
			at == 0 || line[end] != '\n' || end - (size_t)at >= sizeof(p->path) ||
			p->head_bytes > LSP_TAIL_HEAD_BYTES || p->head_bytes > p->offset)
			break;
		line[end] = 0;
		strcpy(p->path, line + at);
		n++;
	}
	fclose(f);
	return (int)n;
}

int lsp_tail_places_save(const char *path, const struct lsp_tail_place *const *places, size_t n)
{
	char beside[PATH_MAX];
	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	FILE *f = fopen(beside, "we");
	if (!f)
		return -errno;
	for (size_t i = 0; i < n; i++) {
		const struct lsp_tail_place *p = places[i];
		if (!strchr(p->path, '\n'))
			fprintf(f,
				"%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIx64
				" %" PRIx64 " %s\n",
				p->device, p->inode, p->offset, p->head_bytes, p->head_print,
				p->near_print, p->path);
	}
	bool bad = fflush(f) || fdatasync(fileno(f));
	int rc = bad ? -errno : 0;
	fclose(f);
	if (rc == 0 && rename(beside, path))
		rc = -errno;
	return rc;
}
