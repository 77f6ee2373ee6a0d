#include "grep_files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILES_MAX 1000000

static uint64_t mtime_of(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;
}

static int append(struct lsp_found_files *f, const char *path, const struct stat *st)
{
	if (f->n >= FILES_MAX)
		return -ENOMEM;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct lsp_found_file *at = realloc(f->at, cap * sizeof(*at));
		if (!at)
			return -ENOMEM;
		f->at = at;
		f->cap = cap;
	}
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	f->at[f->n++] = (struct lsp_found_file){ .path = copy,
		.mtime_ns = st ? mtime_of(st) : UINT64_MAX,
		.size = st && st->st_size > 0 ? (uint64_t)st->st_size : 0,
		.device = st ? st->st_dev : 0,
		.inode = st ? st->st_ino : 0 };
	return 0;
}

static void complain(struct lsp_found_files *f, const char *path, int error)
{
	fprintf(stderr, "linespan grep: %s: %s\n", path, strerror(error));
	f->n_errors++;
}

static int add_folder_entry(struct lsp_found_files *f, const FTSENT *e)
{
	struct stat st;
	switch (e->fts_info) {
	case FTS_F:
		return append(f, e->fts_path, e->fts_statp);
	case FTS_SL: /* "current.log" often points to today's file */
		if (stat(e->fts_accpath, &st) == 0 && S_ISREG(st.st_mode))
			return append(f, e->fts_path, &st);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		complain(f, e->fts_path, e->fts_errno);
		return 0;
	default: /* folders themselves, sockets, pipes, devices, dangling links */
		return 0;
	}
}

static int add_folder(struct lsp_found_files *f, const char *path)
{
	char *roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
	if (!fts)
		return errno == ENOMEM ? -ENOMEM : (complain(f, path, errno), 0);
	int rc = 0;
	for (FTSENT *e; rc == 0 && (e = fts_read(fts));)
		rc = add_folder_entry(f, e);
	fts_close(fts);
	return rc;
}

int lsp_found_files_add(struct lsp_found_files *f, const char *path)
{
	struct stat st;
	if (strcmp(path, "-") == 0)
		return append(f, path, NULL);
	if (stat(path, &st)) {
		complain(f, path, errno);
		return 0;
	}
	return S_ISDIR(st.st_mode) ? add_folder(f, path) : append(f, path, &st);
}

static int by_age(const void *a, const void *b)
{
	const struct lsp_found_file *x = a, *y = b;
	if (x->mtime_ns != y->mtime_ns)
		return x->mtime_ns < y->mtime_ns ? -1 : 1;
	int by_name = strverscmp(y->path, x->path); /* app.log.10, app.log.2, app.log */
	return by_name ? by_name : (x->inode > y->inode) - (x->inode < y->inode);
}

static int by_inode(const void *a, const void *b)
{
	const struct lsp_found_file *x = a, *y = b;
	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return strcmp(x->path, y->path);
}

void lsp_found_files_sort(struct lsp_found_files *f)
{
	size_t kept = 0;
	if (f->n)
		qsort(f->at, f->n, sizeof(*f->at), by_inode);
	for (size_t i = 0; i < f->n; i++) {
		struct lsp_found_file *last = kept ? &f->at[kept - 1] : NULL;
		if (last && f->at[i].inode && last->inode == f->at[i].inode &&
			last->device == f->at[i].device)
			free(f->at[i].path);
		else
			f->at[kept++] = f->at[i];
	}
	f->n = kept;
	if (f->n)
		qsort(f->at, f->n, sizeof(*f->at), by_age);
}

void lsp_found_files_release(struct lsp_found_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->at[i].path);
	free(f->at);
	*f = (struct lsp_found_files){ 0 };
}
