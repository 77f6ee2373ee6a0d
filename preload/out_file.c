/* The engine of the stdio families. The members of FILE that are read here are those that libc's
 * own inline putc_unlocked() has used in every binary ever compiled against it. */
#include "real.h"

#include "content.h"
#include "lines.h"
#include "out_file.h"
#include "out_wide.h"
#include "shim.h"

#include <alloca.h>
#include <pthread.h>

/* libio's flags of a FILE. */
#define FILE_UNBUFFERED 0x0002
#define FILE_LINE_BUF   0x0200
#define FILE_PUTTING    0x0800
#define FILE_USER_LOCK  0x8000

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
	f->formatted = false;
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

static bool has_room(const FILE *file, size_t n)
{
	return (file->_flags & (FILE_PUTTING | FILE_LINE_BUF | FILE_UNBUFFERED)) == FILE_PUTTING &&
	       (size_t)(file->_IO_write_end - file->_IO_write_ptr) >= n &&
	       file->_IO_write_end > file->_IO_write_ptr;
}

/* A fully buffered FILE with room takes bytes as putc_unlocked() would give them to it. No real
 * call is made under the lock, so nothing can be cancelled there. */
static bool append_directly(const struct lsp_file *f, const char *bytes, size_t n)
{
	bool lock = !f->unlocked && !(f->file->_flags & FILE_USER_LOCK);
	bool done;

	if (!has_room(f->file, n))
		return false;
	if (lock)
		flockfile(f->file);
	done = has_room(f->file, n);
	if (done) {
		memcpy(f->file->_IO_write_ptr, bytes, n);
		f->file->_IO_write_ptr += n;
	}
	if (lock)
		funlockfile(f->file);
	return done;
}

/* A line too long to be copied: three calls under one lock. Cancellation waits meanwhile, for the
 * lock must not be left behind. */
static __attribute__((noinline, cold)) size_t put_parts(
	const struct lsp_file *f, const struct lsp_piece *p)
{
	size_t taken = 0;
	int cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	flockfile(f->file);
	for (int i = 0; i < 3; i++) {
		size_t n = REAL(fwrite_unlocked)(p->part[i].at, 1, p->part[i].len, f->file);

		taken += n;
		if (n < p->part[i].len)
			break;
	}
	funlockfile(f->file);
	pthread_setcancelstate(cancel, NULL);
	return taken;
}

static size_t put_really(const struct lsp_file *f, const char *bytes, size_t n)
{
	if (f->wide)
		return lsp_file_put_wide(f, bytes, n);
	if (f->unlocked)
		return REAL(fwrite_unlocked)(bytes, 1, n, f->file);
	return REAL(fwrite)(bytes, 1, n, f->file);
}

/* What longjmp() runs on its way out, and cancellation: libc's older list, which needs no frame
 * information. */
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer *, void (*)(void *), void *);
extern void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *, int);

static void unlock(void *file)
{
	funlockfile(file);
}

static __attribute__((noinline)) size_t put_held(
	const struct lsp_file *f, const char *bytes, size_t n)
{
	struct _pthread_cleanup_buffer buffer;
	struct lsp_file held = *f;
	size_t taken;

	held.unlocked = true;
	flockfile(f->file);
	_pthread_cleanup_push(&buffer, unlock, f->file);
	taken = put_really(&held, bytes, n);
	_pthread_cleanup_pop(&buffer, 1);
	return taken;
}

static size_t put_bytes(const struct lsp_file *f, const char *bytes, size_t n)
{
	if (!f->wide && append_directly(f, bytes, n))
		return n;
	if (f->formatted && !(f->file->_flags & FILE_USER_LOCK))
		return put_held(f, bytes, n);
	return put_really(f, bytes, n);
}

static size_t put_piece(const struct lsp_file *f, const struct lsp_piece *p)
{
	return p->bytes ? put_bytes(f, p->bytes, p->len) : put_parts(f, p);
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
	size_t len = lsp_text_plain(f->entry, f->rule, c, text, n, in_line(f), out), taken;

	if (len == 0)
		return false;
	taken = put_bytes(f, out, len);
	*ret_taken = n;
	if (taken == len)
		lsp_text_plain_done(f->rule, c, text, n, f->now_ns);
	else
		*ret_taken = plain_was_cut(f, c, text, n, taken);
	return true;
}

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
	/* stdio is not a runtime with a buffer of its own: its lines are stamped as they are
	 * printed, several in one call too. */
	t.several = false;
	t.judged = lsp_content_wanted(c);
	while (lsp_text_next(&t, &p)) {
		size_t taken = put_piece(f, &p);

		*ret_taken += lsp_text_took(&t, &p, taken);
		if (taken < p.len)
			break;
	}
	return true;
}

bool lsp_file_put(const struct lsp_file *f, const struct lsp_context *c, const char *text, size_t n,
	size_t *ret_taken)
{
	if (n <= LSP_TEXT_PLAIN_BYTES && put_plain(f, c, text, n, ret_taken))
		return true;
	return put_text(f, c, text, n, ret_taken);
}

void lsp_file_note_plain(FILE *file, const char *text, size_t n)
{
	if (file && n > 0 && file->_fileno >= 0)
		lsp_fd_note_plain(file->_fileno, text, (ssize_t)n);
}
