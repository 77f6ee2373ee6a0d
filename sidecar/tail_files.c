#include "tail_files.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define READ_BYTES  (1024u * 1024)
#define QUIET_LOOKS 8 /* a writer may hold a rotated file for a moment */

int lsp_tail_files_init(struct lsp_tail_files *t)
{
	memset(t, 0, sizeof(*t));
	lsp_syslog_scratch_init(&t->scratch);
	t->bytes = malloc(READ_BYTES);
	return t->bytes ? 0 : -ENOMEM;
}

static void give_up(struct lsp_tail_files *t, size_t i)
{
	if (t->files[i]->fd >= 0)
		close(t->files[i]->fd);
	free(t->files[i]);
	t->files[i] = t->files[--t->n];
}

void lsp_tail_files_release(struct lsp_tail_files *t)
{
	while (t->n)
		give_up(t, t->n - 1);
	lsp_syslog_scratch_release(&t->scratch);
	free(t->bytes);
	t->bytes = NULL;
}

/* The oldest is forgotten first. */
static void remember(struct lsp_tail_files *t, const struct lsp_tail_place *p, bool unread)
{
	if (p->head_bytes == 0)
		return;
	if (t->n_past == LSP_TAIL_PAST_MAX)
		memmove(t->past, t->past + 1, --t->n_past * sizeof(t->past[0]));
	t->past[t->n_past] = *p;
	t->past[t->n_past].unread = unread;
	t->past[t->n_past++].inode = 0;
}

static struct lsp_tail_file *add(struct lsp_tail_files *t, const struct lsp_tail_place *p)
{
	struct lsp_tail_file *f = t->n < LSP_TAIL_FILES_MAX ? malloc(sizeof(*f)) : NULL;
	if (!f)
		return NULL;
	*f = (struct lsp_tail_file){ .place = *p, .read_to = p->offset, .fd = -1 };
	t->files[t->n++] = f;
	return f;
}

int lsp_tail_files_load(struct lsp_tail_files *t, const char *path)
{
	size_t max = LSP_TAIL_FILES_MAX + LSP_TAIL_PAST_MAX;
	struct lsp_tail_place *all = calloc(max, sizeof(*all));
	int n = all ? lsp_tail_places_load(path, all, max) : -ENOMEM;
	for (int i = 0; i < n; i++) {
		if (all[i].inode == 0)
			remember(t, &all[i], false);
		else
			(void)add(t, &all[i]);
	}
	free(all);
	return n < 0 ? n : 0;
}

int lsp_tail_files_save(const struct lsp_tail_files *t, const char *path)
{
	const struct lsp_tail_place *all[LSP_TAIL_FILES_MAX + LSP_TAIL_PAST_MAX];
	size_t n = 0;
	for (size_t i = 0; i < t->n_past; i++)
		all[n++] = &t->past[i];
	for (size_t i = 0; i < t->n; i++)
		all[n++] = &t->files[i]->place;
	return lsp_tail_places_save(path, all, n);
}

/* ---- which files ----------------------------------------------------------------------------- */

static bool is_compressed(const char *path)
{
	static const char *const ends[] = { ".gz", ".zst", ".xz", ".bz2" };
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(path), k = strlen(ends[i]);
		if (n > k && strcmp(path + n - k, ends[i]) == 0)
			return true;
	}
	return false;
}

/* A copy of a file that is gone goes on where that one was left. */
static uint64_t start_of(struct lsp_tail_files *t, const char *path)
{
	for (size_t i = t->n_past; i-- > 0;) {
		if (lsp_tail_place_is_copy(&t->past[i], path)) {
			t->past[i].unread = false; /* it is read as a file of its own */
			return t->past[i].offset;
		}
	}
	return 0;
}

/* A copy of a file that we follow has nothing new. When it was made for a truncation, what we had
 * not read is read from it then. */
static bool is_copy_of_one(const struct lsp_tail_files *t, const char *path)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->files[i]->fd >= 0 && strcmp(t->files[i]->place.path, path) != 0 &&
			lsp_tail_place_covers(&t->files[i]->place, t->files[i]->fd, path))
			return true;
	return false;
}

static void open_file(struct lsp_tail_file *f)
{
	struct stat st;
	f->fd = open(f->place.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	/* Between the look and now it may have become another one: the next look finds that. */
	if (f->fd >= 0 && (fstat(f->fd, &st) || st.st_ino != f->place.inode)) {
		close(f->fd);
		f->fd = -1;
	}
}

/* A file that became shorter, or begins otherwise, was truncated: what it had may be in a copy. */
static void check_truncated(struct lsp_tail_files *t, struct lsp_tail_file *f)
{
	struct stat st;
	if (f->fd < 0 || fstat(f->fd, &st) ||
		((uint64_t)st.st_size >= f->place.offset &&
			lsp_tail_place_same_head(&f->place, f->fd)))
		return;
	remember(t, &f->place, true);
	f->place.offset = f->read_to = 0;
	f->place.head_bytes = 0;
}

static void see(struct lsp_tail_files *t, const char *path)
{
	struct lsp_tail_place p = { .offset = 0 };
	struct lsp_tail_file *f = NULL;
	struct stat st;
	if (stat(path, &st) || !S_ISREG(st.st_mode) || strlen(path) >= sizeof(p.path) ||
		is_compressed(path))
		return;
	for (size_t i = 0; i < t->n && !f; i++)
		if (t->files[i]->place.inode == st.st_ino && t->files[i]->place.device == st.st_dev)
			f = t->files[i];
	if (!f && is_copy_of_one(t, path))
		return;
	if (!f) {
		p.device = st.st_dev;
		p.inode = st.st_ino;
		strcpy(p.path, path);
		p.offset = start_of(t, path);
		f = add(t, &p);
		if (!f)
			return;
		open_file(f);
		if (f->fd >= 0 && p.offset)
			lsp_tail_place_take(&f->place, f->fd, p.offset);
	}
	strcpy(f->place.path, path);
	f->listed = true;
	f->quiet = 0;
	if (f->fd < 0) {
		open_file(f);
		check_truncated(t, f); /* inodes are used again */
	}
}

/* A file that is not at its name any more. When it is not open either (it went while no sidecar
 * ran), what is left of it may be in a copy. */
static void leave(struct lsp_tail_files *t, size_t i)
{
	struct lsp_tail_file *f = t->files[i];
	if (f->fd >= 0 && f->quiet++ < QUIET_LOOKS)
		return;
	remember(t, &f->place, f->fd < 0);
	give_up(t, i);
}

void lsp_tail_files_look(struct lsp_tail_files *t, const char *const *globs, size_t n)
{
	for (size_t i = 0; i < t->n; i++) {
		t->files[i]->listed = false;
		check_truncated(t, t->files[i]);
	}
	for (size_t i = 0; i < n; i++) {
		glob_t found;
		if (glob(globs[i], 0, NULL, &found) == 0)
			for (size_t k = 0; k < found.gl_pathc; k++)
				see(t, found.gl_pathv[k]);
		globfree(&found);
	}
	for (size_t i = t->n; i-- > 0;)
		if (!t->files[i]->listed)
			leave(t, i);
}

/* ---- what is new in them --------------------------------------------------------------------- */

/* app.log → app; nginx/access.log → nginx: such names say what, not who. */
static struct lsp_slice service_of(const char *path)
{
	static const char *const kinds[] = { "access", "error", "stdout", "stderr", "output",
		"current" };
	const char *base = strrchr(path, '/');
	base = base ? base + 1 : path;
	struct lsp_slice name = { base, strcspn(base, ".") };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!lsp_slice_equal(name, lsp_slice_of(kinds[i])) || base - path < 2)
			continue;
		const char *from = base - 1;
		while (from > path && from[-1] != '/')
			from--;
		return (struct lsp_slice){ from, (size_t)(base - 1 - from) };
	}
	return name;
}

/* Whole lines of the n bytes that lie at this offset; with at_end the rest, too. Returns the bytes
 * that were used. */
static size_t take_lines(struct lsp_tail_files *t, struct lsp_batch *b,
	const struct lsp_tail_place *p, uint64_t offset, size_t n, bool at_end)
{
	struct lsp_file_place place = { .service = service_of(p->path),
		.path = lsp_slice_of(p->path) };
	struct lsp_syslog_clock clock;
	size_t used = 0;
	lsp_syslog_clock_now(&clock);
	if (t->clock_ns)
		clock.now_ns = t->clock_ns;
	while (used < n) {
		const char *from = t->bytes + used, *end = memchr(from, '\n', n - used);
		size_t len = end ? (size_t)(end - from) : n - used;
		if (!end && !at_end && len < LSP_SYSLOG_LINE_BYTES_MAX)
			break;
		if (len > LSP_SYSLOG_LINE_BYTES_MAX)
			len = LSP_SYSLOG_LINE_BYTES_MAX;
		place.offset = offset + used;
		if (len && lsp_file_line_take(
				   b, &t->scratch, (struct lsp_slice){ from, len }, &clock, &place))
			break;
		used += len + (end == from + len);
	}
	return used;
}

/* What a file that was truncated, or went, still had: it is in a copy beside it. */
static void read_copy(struct lsp_tail_files *t, struct lsp_batch *b, struct lsp_tail_place *p)
{
	char pattern[PATH_MAX + 8];
	glob_t found;
	snprintf(pattern, sizeof(pattern), "%s?*", p->path);
	if (p->head_bytes && glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			if (!lsp_tail_place_is_copy(p, found.gl_pathv[i]))
				continue;
			gzFile f = gzopen(found.gl_pathv[i], "rb");
			int n = f && gzseek(f, (z_off_t)p->offset, SEEK_SET) >= 0
					? gzread(f, t->bytes, READ_BYTES)
					: 0;
			if (n > 0)
				(void)take_lines(t, b, p, p->offset, (size_t)n, true);
			/* The copy may be listed later: it is done with. */
			int fd = n > 0 ? open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC) : -1;
			if (fd >= 0)
				lsp_tail_place_take(p, fd, p->offset + (uint64_t)n);
			if (fd >= 0)
				close(fd);
			if (f)
				gzclose(f);
			break;
		}
		globfree(&found);
	}
}

static size_t read_file(struct lsp_tail_files *t, struct lsp_batch *b, struct lsp_tail_file *f)
{
	ssize_t n = pread(f->fd, t->bytes, READ_BYTES, (off_t)f->read_to);
	if (n <= 0)
		return 0;
	size_t used =
		take_lines(t, b, &f->place, f->read_to, (size_t)n, !f->listed && f->quiet > 1);
	f->read_to += used;
	if (used)
		f->quiet = 0;
	return used;
}

size_t lsp_tail_files_read(struct lsp_tail_files *t, struct lsp_batch *b, size_t max_bytes)
{
	size_t total = 0;
	for (size_t i = 0; i < t->n_past; i++) {
		if (t->past[i].unread)
			read_copy(t, b, &t->past[i]);
		t->past[i].unread = false;
	}
	for (size_t i = 0; i < t->n && total < max_bytes; i++)
		if (t->files[i]->fd >= 0)
			total += read_file(t, b, t->files[i]);
	return total;
}

void lsp_tail_files_done(struct lsp_tail_files *t, bool stored)
{
	for (size_t i = 0; i < t->n; i++) {
		struct lsp_tail_file *f = t->files[i];
		if (!stored)
			f->read_to = f->place.offset;
		else if (f->fd >= 0 && f->read_to != f->place.offset)
			lsp_tail_place_take(&f->place, f->fd, f->read_to);
	}
}
