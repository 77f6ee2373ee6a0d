/* Lines that nobody was called for. */
#include "content.h"
#include "file_put.h"
#include "shim.h"

#include <alloca.h>
#include <errno.h>

#define STAMP_BYTES 16384 /* more is mirrored only: it has to be copied */

static int in_line(const struct lsp_file *f, const char *from)
{
	return from > f->file->_IO_write_base ? from[-1] != '\n' : -1;
}

/* Out of the buffer and in again, by the way that all lines go. */
static __attribute__((noinline)) void stamp(
	const struct lsp_file *f, const struct lsp_context *c, char *from, size_t n)
{
	char *copy = alloca(n);
	size_t taken;

	memcpy(copy, from, n);
	f->file->_IO_write_ptr = from;
	lsp_file_note_seen(f->file, f->entry, from);
	if (!lsp_file_put(f, c, copy, n, &taken))
		f->file->_IO_write_ptr = from + n; /* no text, and as it was */
}

static __attribute__((noinline)) void mirror(
	const struct lsp_file *f, const struct lsp_context *c, const char *from, size_t n)
{
	struct lsp_room room = lsp_text_room(from, n);
	struct lsp_piece p = { .out = alloca(room.out_bytes),
		.cap = room.out_bytes,
		.marks = alloca(room.mark_bytes),
		.cap_marks = room.marks };
	bool sure = lsp_current_is_constant(c);
	struct lsp_text t;

	if (!lsp_text_begin(&t, f->file->_fileno, f->entry, f->rule, c, from, n, in_line(f, from),
		    f->now_ns))
		return;
	t.stamp = false;
	t.several = !sure;
	t.judged = t.judged || t.several;
	lsp_text_mirror(&t, &p, n);
	/* Whoever goes on with the last line did not begin it. */
	if (!sure && from[n - 1] != '\n')
		atomic_store_explicit(&f->entry->owner, LSP_LINE_FOREIGN, memory_order_relaxed);
}

static void take(const struct lsp_file *f, const struct lsp_context *c)
{
	const char *from;
	size_t n = lsp_file_unseen(f->file, f->entry, c, &from);

	if (n == 0)
		return;
	if (f->rule.verdict == LSP_VERDICT_STAMP && n <= STAMP_BYTES && lsp_current_is_constant(c))
		stamp(f, c, f->file->_IO_write_ptr - n, n);
	else
		mirror(f, c, from, n);
	lsp_file_seen(f->file, f->entry, f->rule);
}

void lsp_file_take_unseen(const struct lsp_file *f, const struct lsp_context *c)
{
	struct lsp_file_hold hold;
	struct lsp_file held = *f;

	if (f->unlocked || (f->file->_flags & LSP_FILE_USER_LOCK)) {
		take(f, c);
		return;
	}
	held.unlocked = true;
	lsp_file_hold(&hold, f->file);
	take(&held, c);
	lsp_file_let_go(&hold);
}

void lsp_file_last_look(FILE *file, bool unlocked)
{
	struct lsp_context c;
	struct lsp_file f;
	int saved = errno;

	if (lsp_file_is_whole(file) && lsp_file_open(&f, file, unlocked, &c) &&
		lsp_file_may_be_unseen(file, f.entry))
		lsp_file_take_unseen(&f, &c);
	errno = saved;
}

/* Not what the program may have put in its place, and closed. */
extern FILE _IO_2_1_stdout_;

void lsp_file_last_look_at_stdout(void)
{
	lsp_file_last_look(&_IO_2_1_stdout_, false);
}
