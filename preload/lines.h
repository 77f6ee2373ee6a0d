/* Text on its way out, line by line: which lines may be stamped, what the stamped bytes are, what a
 * cut write means in the host's bytes, and what the ring gets.
 *
 * A caller takes a text (what the host wants written), asks for pieces, does one real call a piece,
 * and reports what the kernel or the FILE took:
 *
 *	struct lsp_room room = lsp_text_room(bytes, n);
 *	struct lsp_piece piece = { .out = alloca(room.out_bytes), .cap = room.out_bytes,
 *		.marks = alloca(room.mark_bytes), .cap_marks = room.marks };
 *	if (lsp_text_begin(&t, …))
 *		while (lsp_text_next(&t, &piece)) {
 *			taken = real call with piece.bytes, piece.len;
 *			host += lsp_text_took(&t, &piece, taken);
 *			if (taken < piece.len) break;
 *		}
 *
 * Nothing is held between these functions: a real call that never comes back (cancellation,
 * longjmp, exec) leaves nothing behind. No malloc, no lock. Keeps errno. */
#ifndef LSP_PRELOAD_LINES_H
#define LSP_PRELOAD_LINES_H

#include "fd_table.h"

#define LSP_PIECE_LINES 64
#define LSP_PIECE_BYTES 16384

struct lsp_text {
	const struct lsp_context *context;
	struct lsp_fd *fd;
	int number; /* of the descriptor */
	struct lsp_rule rule;
	const char *at; /* what is left of the host's text */
	size_t left;
	uint64_t now_ns;
	uint64_t owner;   /* the mark of this thread and context */
	bool stamp;       /* else mirror only */
	bool judged;      /* each line says for itself whose it is (content.h) */
	bool several;     /* lines at once, from a program that collects them */
	bool in_line;     /* the text goes on with a line that was begun before */
	bool ours;        /* … by this thread in this context */
	bool holds_entry; /* this thread has fd->in_use, for the moment */
};

/* What happens to one line of a piece; offsets count from the piece's host bytes. */
struct lsp_line_mark {
	uint32_t from, to; /* the line without its newline */
	uint32_t at;       /* host offset where text goes in … */
	uint32_t out_at;   /* … and where it stands in the bytes that go out */
	uint16_t text_bytes, skip;
	uint8_t keep; /* enum lsp_keep, LSP_KEEP_NOT when stamped */
	bool whole;   /* has its newline */
	bool unsure;  /* nobody's, as far as we know: no stamp, no ids in the ring */
	struct lsp_context context; /* its own, when lines are judged one by one */
};

struct lsp_piece {
	/* The caller's memory. */
	char *out;
	size_t cap;
	struct lsp_line_mark *marks;
	unsigned cap_marks;

	const char *host; /* host bytes [0, host_bytes) */
	size_t host_bytes;
	const char *bytes; /* what goes out: out, or host when nothing is stamped; NULL: parts */
	size_t len;
	unsigned n_marks;
	/* A line that is longer than `out`: the caller writes head, insert and tail by one vectored
	 * call. */
	struct {
		const char *at;
		size_t len;
	} part[3];
	struct lsp_insert insert;
};

/* How much memory a piece needs for a text; small for small texts, bounded for large ones. */
struct lsp_room {
	size_t out_bytes, mark_bytes;
	unsigned marks;
};
struct lsp_room lsp_text_room(const char *bytes, size_t n);

/* Starts a text for a descriptor whose rule is known (lsp_fd_get). in_line: -1 to go by what the
 * entry knows, or 0/1 from a caller that can see (a FILE's buffer). Returns false when the text is
 * binary: the entry is then data, and the call must pass through. */
bool lsp_text_begin(struct lsp_text *t, int fd, struct lsp_fd *e, struct lsp_rule rule,
	const struct lsp_context *c, const char *bytes, size_t n, int in_line, uint64_t now_ns);

/* The text was not made in this call: its lines may have been collected (collected.h). Between
 * begin and the first piece. */
void lsp_text_may_be_collected(struct lsp_text *t, bool by_library);

/* The next piece: whole lines as many as fit, or one long line, or the rest behind the last
 * newline. Returns false when nothing is left. */
bool lsp_text_next(struct lsp_text *t, struct lsp_piece *p);

/* taken bytes of the piece went out. Returns how many of the host's bytes that is; remembers a
 * stamp that was cut, marks the line in progress, and puts finished lines into the ring. */
size_t lsp_text_took(struct lsp_text *t, const struct lsp_piece *p, size_t taken);

/* Of a text that is not to be stamped `taken` bytes went out by one real call: all its pieces. */
void lsp_text_mirror(struct lsp_text *t, struct lsp_piece *p, size_t taken);

/* The common case, done quickly: one plain line that begins here and is to get the suffix. Returns
 * the bytes put into out (at least n + LSP_STAMP_MAX_BYTES), 0 when the line needs the long way.
 * When the real call took all of them, lsp_text_plain_done() finishes; when it took fewer, the
 * long way is gone with what it took (the same bytes come out of it). */
size_t lsp_text_plain(const struct lsp_fd *e, struct lsp_rule rule, const struct lsp_context *c,
	const char *bytes, size_t n, int in_line, char *out);
void lsp_text_plain_done(struct lsp_rule rule, const struct lsp_context *c, const char *bytes,
	size_t n, uint64_t now_ns);

/* Text of a line for which that is worth trying, and its room on the stack. */
#define LSP_TEXT_PLAIN_BYTES 2048

/* A line that was composed elsewhere (syslog, err) and needs no bookkeeping: into the ring only. */
void lsp_line_record(const struct lsp_context *c, uint8_t channel, uint8_t severity, uint8_t flags,
	const char *line, size_t n, uint64_t now_ns);

/* The OpenTelemetry severity number of a syslog priority. */
static inline uint8_t lsp_line_severity(unsigned priority)
{
	static const uint8_t numbers[8] = { 21, 19, 18, 17, 13, 10, 9, 5 };

	return numbers[priority & 7];
}

/* For lines.c and lines_took.c: the entry's buffers, while one thread has them. */
bool lsp_text_hold(struct lsp_text *t);
void lsp_text_drop(struct lsp_text *t);

#endif
