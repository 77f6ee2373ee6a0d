/* Family stdio_flush: what is in a FILE's buffer goes out now. */
#include "real.h"

#include "file_put.h"
#include "shim.h"

#include <errno.h>

/* By who has the FILE to itself. libc opens the door with each flush. A FILE that has none yet gets
 * it as soon as a context is active. */
static int flush_one(FILE *file)
{
	struct lsp_context c;
	struct lsp_file f;
	int ret, saved;

	lsp_file_last_look(file, true);
	ret = LSP_FILE_PLAIN(file, true, REAL(fflush_unlocked)(file));
	saved = errno;
	if (lsp_file_is_whole(file) && !lsp_file_is_shut(file) && lsp_file_open(&f, file, true, &c))
		lsp_file_seen(file, f.entry, f.rule);
	errno = saved;
	return ret;
}

static int flush_held(FILE *file)
{
	struct lsp_file_hold hold;
	int ret;

	lsp_file_hold(&hold, file);
	ret = flush_one(file);
	lsp_file_let_go(&hold);
	return ret;
}

/* Other kinds of FILEs have no door, and nothing in them that no hook has seen. */
static bool concerns_us(const FILE *file)
{
	struct lsp_context c;

	return lsp_file_is_whole(file) && (lsp_file_has_doors() || lsp_current(&c));
}

static void look(FILE *file)
{
	lsp_file_last_look(file, true);
}

static int flush_all(void)
{
	int failed = 0, failure, ret;

	if (lsp_file_has_doors())
		failed = lsp_file_flush_all(look);
	else
		lsp_file_last_look_at_stdout();
	failure = errno;
	ret = REAL(fflush)(NULL);
	if (failed && !ret)
		errno = failure;
	return failed ? failed : ret;
}

int fflush(FILE *file)
{
	if (!file)
		return flush_all();
	return concerns_us(file) ? flush_held(file) : REAL(fflush)(file);
}

int _IO_fflush(FILE *file)
{
	return fflush(file);
}

int fflush_unlocked(FILE *file)
{
	if (!file)
		return flush_all();
	return concerns_us(file) ? flush_one(file) : REAL(fflush_unlocked)(file);
}
