/* The engine of the stdio families. The members of FILE that are read here are those that libc's
 * own inline putc_unlocked() has used in every binary ever compiled against it. */
#include "real.h"

#include "lines.h"
#include "out_file.h"
#include "shim.h"

#include <alloca.h>
#include <pthread.h>

/* libio's flags of a FILE. */
#define FILE_UNBUFFERED 0x0002
#define FILE_LINE_BUF   0x0200
#define FILE_PUTTING    0x0800
#define FILE_USER_LOCK  0x8000

bool lsp_file_open(struct lsp_file *f, FILE *file, bool unlocked, struct lsp_context *ret_context)
{
	if (!lsp_current(ret_context) || !file)
		return false;
	if (file->_fileno < 0 || file->_mode > 0)
		return false; /* a stream in memory, a cookie, or a wide one */
	f->now_ns = lsp_now_ns();
	f->entry = lsp_fd_get(file->_fileno, f->now_ns, &f->rule);
	f->file = file;
	f->unlocked = unlocked;
	return f->entry != NULL && f->rule.kind != LSP_FD_SYSLOG;
}

/* Whether the next byte goes on with a line: the FILE's buffer tells, when something is in it. */
static int in_line(const FILE *file)
{
	const char *base = file->_IO_write_base, *end = file->_IO_write_ptr;

	if (!base || end <= base)
		return -1;
	return end[-1] != '\n';
}

static bool has_room(const FILE *file, size_t n)
{
	return (file->_flags & (FILE_PUTTING | FILE_LINE_BUF | FILE_UNBUFFERED)) == FILE_PUTTING &&
	       (size_t)(file->_IO_write_end - file->_IO_write_ptr) >= n &&
	       file->_IO_write_end > file->_IO_write_ptr;
}

/* A fully buffered FILE with room takes bytes as putc_unlocked() would give them to it. No real call
 * is made under the lock, so nothing can be cancelled there. */
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
static size_t put_parts(const struct lsp_file *f, const struct lsp_piece *p)
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

static size_t put_piece(const struct lsp_file *f, const struct lsp_piece *p)
{
	if (!p->bytes)
		return put_parts(f, p);
	if (append_directly(f, p->bytes, p->len))
		return p->len;
	if (f->unlocked)
		return REAL(fwrite_unlocked)(p->bytes, 1, p->len, f->file);
	return REAL(fwrite)(p->bytes, 1, p->len, f->file);
}

bool lsp_file_put(const struct lsp_file *f, const struct lsp_context *c, const char *text, size_t n,
	size_t *ret_taken)
{
	struct lsp_room room = lsp_text_room(text, n);
	struct lsp_piece p = { .out = alloca(room.out_bytes), .cap = room.out_bytes,
		.marks = alloca(room.mark_bytes), .cap_marks = room.marks };
	struct lsp_text t;

	*ret_taken = 0;
	if (!lsp_text_begin(&t, f->file->_fileno, f->entry, f->rule, c, text, n,
		    in_line(f->file), f->now_ns))
		return false;
	/* stdio is not a runtime with a buffer of its own: its lines are stamped as they are
	 * printed, several in one call too. */
	t.unsure = false;
	while (lsp_text_next(&t, &p)) {
		size_t taken = put_piece(f, &p);

		*ret_taken += lsp_text_took(&t, &p, taken);
		if (taken < p.len)
			break;
	}
	return true;
}

void lsp_file_note_plain(FILE *file, const char *text, size_t n)
{
	if (file && n > 0 && file->_fileno >= 0)
		lsp_fd_note_plain(file->_fileno, text, (ssize_t)n);
}
