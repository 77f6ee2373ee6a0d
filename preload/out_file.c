/* The engine of the stdio families: what the text is. The members of FILE that are read here are
 * those that libc's own inline putc_unlocked() has used in every binary ever compiled against it.
 */
#include "real.h"

#include "content.h"
#include "file_put.h"
#include "shim.h"

#include <alloca.h>

static inline bool open_file(
	struct lsp_file *f, FILE *file, bool unlocked, bool wide, struct lsp_context *ret_context)
{
	if (!lsp_current(ret_context) || !file)
		return false;
	if (file->_fileno < 0 || (wide ? file->_mode < 0 : file->_mode > 0))
		return false; /* a stream in memory, a cookie, or one of the other width */
	f->now_ns = lsp_shim_now_ns();
	f->entry = lsp_fd_get(file->_fileno, f->now_ns, &f->rule);
	f->file = file;
	f->wide = wide;
	f->unlocked = unlocked;
	f->ret_flush_failed = NULL;
	return f->entry != NULL && f->rule.kind != LSP_FD_SYSLOG;
}

bool lsp_file_open(struct lsp_file *f, FILE *file, bool unlocked, struct lsp_context *ret_context)
{
	return open_file(f, file, unlocked, false, ret_context);
}

bool lsp_file_open_wide(
	struct lsp_file *f, FILE *file, bool unlocked, struct lsp_context *ret_context)
{
	return open_file(f, file, unlocked, true, ret_context);
}

/* Whether the next byte goes on with a line: the FILE's buffer tells, when something is in it (that
 * of a wide one is libc's own affair). */
static int in_line(const struct lsp_file *f)
{
	const char *base = f->file->_IO_write_base, *end = f->file->_IO_write_ptr;

	if (f->wide || !base || end <= base)
		return -1;
	return end[-1] != '\n';
}

/* The FILE is this thread's own for the moment, or will be when its lock is taken. */
static bool is_held(const struct lsp_file *f)
{
	return f->unlocked || (f->file->_flags & LSP_FILE_USER_LOCK);
}

/* Nobody has begun a line since that was asked without the lock. */
static bool is_same_place(const struct lsp_file *f, int was_in_line)
{
	return in_line(f) == was_in_line &&
	       (was_in_line == 0 || atomic_load_explicit(&f->entry->owner, memory_order_relaxed) ==
					    LSP_LINE_START);
}

static __attribute__((noinline)) bool put_line_held(
	const struct lsp_file *f, int was_in_line, const char *bytes, size_t n, size_t *ret_taken)
{
	struct lsp_file_hold hold;
	struct lsp_file held = *f;
	bool done;

	held.unlocked = true;
	lsp_file_hold(&hold, f->file);
	done = is_same_place(f, was_in_line);
	if (done)
		*ret_taken = lsp_file_put_bytes(&held, bytes, n);
	lsp_file_let_go(&hold);
	return done;
}

/* Returns false when the line does not begin where it was to begin. */
static inline bool put_line(
	const struct lsp_file *f, int was_in_line, const char *bytes, size_t n, size_t *ret_taken)
{
	bool done;

	if (is_held(f)) {
		*ret_taken = lsp_file_put_bytes(f, bytes, n);
		return true;
	}
	/* No real call is made under this lock, so nothing can be cancelled there. */
	if (lsp_file_has_room(f, n)) {
		flockfile(f->file);
		done = is_same_place(f, was_in_line) && lsp_file_append(f, bytes, n);
		funlockfile(f->file);
		*ret_taken = n;
		if (done)
			return true;
	}
	return put_line_held(f, was_in_line, bytes, n, ret_taken);
}

/* The FILE failed in the middle of a plain line: the long way's marks tell how far it came. Not
 * inlined: a rare case must not be paid for on the common path's stack. */
static __attribute__((noinline)) size_t plain_was_cut(const struct lsp_file *f,
	const struct lsp_context *c, const char *text, size_t n, size_t taken)
{
	char out[LSP_TEXT_PLAIN_BYTES + LSP_STAMP_MAX_BYTES];
	struct lsp_line_mark mark;
	struct lsp_piece p = { .out = out, .cap = sizeof(out), .marks = &mark, .cap_marks = 1 };
	struct lsp_text t;

	if (!lsp_text_begin(&t, f->file->_fileno, f->entry, f->rule, c, text, n, 0, f->now_ns) ||
		!lsp_text_next(&t, &p))
		return 0;
	return lsp_text_took(&t, &p, taken);
}

/* Returns true when the text was a plain line. */
static inline bool put_plain(const struct lsp_file *f, const struct lsp_context *c,
	const char *text, size_t n, size_t *ret_taken)
{
	char *out = alloca(n + LSP_STAMP_MAX_BYTES);
	int was_in_line = in_line(f);
	size_t len = lsp_text_plain(f->entry, f->rule, c, text, n, was_in_line, out), taken;

	if (len == 0 || !put_line(f, was_in_line, out, len, &taken))
		return false;
	*ret_taken = n;
	if (taken == len)
		lsp_text_plain_done(f->rule, c, text, n, f->now_ns);
	else
		*ret_taken = plain_was_cut(f, c, text, n, taken);
	return true;
}

/* What a line is depends on what is before it: nobody may come between. */
static __attribute__((noinline)) bool put_text(const struct lsp_file *f,
	const struct lsp_context *c, const char *text, size_t n, size_t *ret_taken)
{
	struct lsp_room room = lsp_text_room(text, n);
	struct lsp_piece p = { .out = alloca(room.out_bytes),
		.cap = room.out_bytes,
		.marks = alloca(room.mark_bytes),
		.cap_marks = room.marks };
	struct lsp_text t;

	*ret_taken = 0;
	if (!lsp_text_begin(
		    &t, f->file->_fileno, f->entry, f->rule, c, text, n, in_line(f), f->now_ns))
		return false;
	if (!t.stamp) {
		*ret_taken = lsp_file_put_bytes(f, text, n);
		lsp_text_mirror(&t, &p, *ret_taken);
		return true;
	}
	while (lsp_text_next(&t, &p)) {
		size_t taken = lsp_file_put_piece(f, &p);

		*ret_taken += lsp_text_took(&t, &p, taken);
		if (taken < p.len)
			break;
	}
	return true;
}

static __attribute__((noinline)) bool put_text_held(const struct lsp_file *f,
	const struct lsp_context *c, const char *text, size_t n, size_t *ret_taken)
{
	struct lsp_file_hold hold;
	struct lsp_file held = *f;
	bool done;

	held.unlocked = true;
	lsp_file_hold(&hold, f->file);
	done = put_text(&held, c, text, n, ret_taken);
	lsp_file_let_go(&hold);
	return done;
}

bool lsp_file_put(const struct lsp_file *f, const struct lsp_context *c, const char *text, size_t n,
	size_t *ret_taken)
{
	if (__builtin_expect(!f->wide && lsp_file_may_be_unseen(f->file, f->entry), 0))
		lsp_file_take_unseen(f, c);
	if (n <= LSP_TEXT_PLAIN_BYTES && put_plain(f, c, text, n, ret_taken))
		return true;
	if (is_held(f))
		return put_text(f, c, text, n, ret_taken);
	return put_text_held(f, c, text, n, ret_taken);
}

void lsp_file_note_plain(FILE *file, const char *text, size_t n)
{
	if (file && n > 0 && file->_fileno >= 0)
		lsp_fd_note_plain(file->_fileno, text, (ssize_t)n);
}
