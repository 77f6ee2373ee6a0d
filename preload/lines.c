/* Lines into pieces and marks. The order of the questions in line_insert() is rule R9. */
#include "collected.h"
#include "debug.h"
#include "lines.h"
#include "content.h"
#include "shim.h"
#include "../lib/core/text_scan.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIPE_ATOMIC_BYTES 4096 /* PIPE_BUF: what a pipe takes in one go */
#define SYSLOG_LINE_BYTES 2048 /* what receivers of system log datagrams can be trusted to take */
#define CONTINUED_BYTES   512 /* of a line's end, when its beginning is out already */

bool lsp_text_hold(struct lsp_text *t)
{
	if (!t->holds_entry)
		t->holds_entry = lsp_fd_hold(t->fd);
	return t->holds_entry;
}

void lsp_text_drop(struct lsp_text *t)
{
	if (t->holds_entry)
		lsp_fd_drop(t->fd);
	t->holds_entry = false;
}

static bool begins_like_json(const struct lsp_fd *e)
{
	size_t i = 0;

	while (i < e->partial_bytes && (e->partial[i] == ' ' || e->partial[i] == '\t'))
		i++;
	return i < e->partial_bytes && (e->partial[i] == '{' || e->partial[i] == '[');
}

/* The end of a line whose beginning is out already: the stamp must fit into what is still here.
 * Not inlined: its buffer must not lie on the common path's stack. */
static __attribute__((noinline)) enum lsp_keep continued_insert(struct lsp_text *t,
	const struct lsp_context *c, const char *line, size_t len, struct lsp_insert *ret)
{
	char whole[LSP_FD_PARTIAL_BYTES + CONTINUED_BYTES];
	const struct lsp_fd *e = t->fd;
	size_t before;
	enum lsp_keep keep;

	if (!t->ours || !lsp_text_hold(t))
		return LSP_KEEP_NO_CONTEXT;
	before = e->partial_bytes;
	if (e->partial_has_id || lsp_stamp_line_has_id(line, len))
		return LSP_KEEP_HAS_ID;
	if (e->partial_cut || len > CONTINUED_BYTES) {
		if (begins_like_json(e) || lsp_shim.style.format > LSP_FORMAT_SUFFIX)
			return LSP_KEEP_STRUCTURE;
		ret->at = len > 0 && line[len - 1] == '\r' ? len - 1 : len;
		ret->skip = 0;
		ret->len = (uint16_t)lsp_stamp_suffix(&lsp_shim.style, c, ret->text);
		return LSP_KEEP_NOT;
	}
	memcpy(whole, e->partial, before);
	memcpy(whole + before, line, len);
	keep = lsp_stamp_line(&lsp_shim.style, c, whole, before + len, ret);
	if (keep != LSP_KEEP_NOT)
		return keep;
	if (ret->at < before)
		return LSP_KEEP_STRUCTURE;
	ret->at -= before;
	return LSP_KEEP_NOT;
}

/* Whose the line is, when that is not the same for the whole text. Not inlined: rare, and its
 * context must not lie on the common path's stack. */
static __attribute__((noinline)) const struct lsp_context *judge(
	const struct lsp_text *t, struct lsp_line_mark *m, bool continued, const char *line)
{
	m->context = *t->context;
	if (t->several)
		m->context.doubt = LSP_DOUBT_FIND;
	/* A line whose beginning is out already cannot be read as a whole. */
	if (continued)
		m->unsure = m->context.doubt != LSP_DOUBT_NONE;
	else
		m->unsure = !lsp_content_judge(&m->context, line, m->to - m->from);
	/* Of lines that were collected none is the program's own for sure. */
	if (t->several && m->context.source == LSP_SOURCE_ENV)
		m->unsure = true;
	return &m->context;
}

static enum lsp_keep line_insert(struct lsp_text *t, struct lsp_line_mark *m, bool continued,
	const char *line, struct lsp_insert *ret)
{
	const struct lsp_context *c = t->judged ? judge(t, m, continued, line) : t->context;
	size_t len = m->to - m->from;

	if (!t->stamp || m->unsure)
		return LSP_KEEP_FORMAT;
	if (continued)
		return continued_insert(t, c, line, len, ret);
	return lsp_stamp_line(&lsp_shim.style, c, line, len, ret);
}

struct lsp_room lsp_text_room(const char *bytes, size_t n)
{
	const char *end = bytes + n, *at = bytes;
	struct lsp_room room = { n + LSP_STAMP_MAX_BYTES, 0, 1 };

	while (room.marks < LSP_PIECE_LINES && room.out_bytes < LSP_PIECE_BYTES) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			break;
		at++;
		if (at == end)
			break;
		room.out_bytes += LSP_STAMP_MAX_BYTES;
		room.marks++;
	}
	if (room.out_bytes > LSP_PIECE_BYTES)
		room.out_bytes = LSP_PIECE_BYTES;
	room.mark_bytes = room.marks * sizeof(struct lsp_line_mark);
	return room;
}

bool lsp_text_begin(struct lsp_text *t, int fd, struct lsp_fd *e, struct lsp_rule rule,
	const struct lsp_context *c, const char *bytes, size_t n, int in_line, uint64_t now_ns)
{
	uint64_t owner;

	if (!lsp_text_scan(bytes, n)) {
		rule.verdict = LSP_VERDICT_PASS;
		rule.reason = LSP_REASON_BINARY;
		lsp_fd_set_data(e);
		lsp_debug_rule(fd, rule);
		return false;
	}
	owner = atomic_load_explicit(&e->owner, memory_order_relaxed);
	t->context = c;
	t->fd = e;
	t->number = fd;
	t->rule = rule;
	t->at = bytes;
	t->left = n;
	t->now_ns = now_ns;
	t->owner = lsp_line_owner(lsp_thread_id(), c);
	t->stamp = rule.verdict == LSP_VERDICT_STAMP && lsp_shim.style.format != LSP_FORMAT_NONE;
	t->several = false;
	t->judged = lsp_content_wanted(c);
	t->holds_entry = false;
	t->in_line = in_line < 0 ? owner != LSP_LINE_START : in_line != 0;
	t->ours = t->in_line && owner == t->owner;
	return true;
}

void lsp_text_may_be_collected(struct lsp_text *t, bool by_library)
{
	t->several = t->fd->collected || lsp_collected(t->context, by_library, t->at, t->left);
	if (!t->several)
		return;
	t->judged = true;
	/* A server's log that has a buffer: it is written with one line in it, too. */
	if ((lsp_shim.traits & LSP_TRAIT_EXACT) && t->rule.kind == LSP_FD_FILE)
		t->fd->collected = 1;
	if (!lsp_shim.tracking)
		lsp_count(LSP_COUNTER_KEPT_BUFFERED);
}

static void mark_line(struct lsp_text *t, struct lsp_piece *p, size_t from, size_t to, bool whole)
{
	struct lsp_line_mark *m = &p->marks[p->n_marks];
	bool continued = t->in_line && p->n_marks == 0;

	m->from = (uint32_t)from;
	m->to = (uint32_t)to;
	m->at = m->out_at = 0;
	m->text_bytes = m->skip = 0;
	m->keep = LSP_KEEP_NO_CONTEXT;
	m->whole = whole;
	m->unsure = false;
	if (!whole)
		return;
	m->keep = (uint8_t)line_insert(t, m, continued, p->host + from, &p->insert);
	if (m->keep == LSP_KEEP_NOT) {
		m->at = (uint32_t)(from + p->insert.at);
		m->text_bytes = p->insert.len;
		m->skip = p->insert.skip;
	}
}

/* Copies the line and its newline, up to host offset end, with its insertion. Returns the bytes. */
static size_t put_line(const struct lsp_piece *p, struct lsp_line_mark *m, size_t end, size_t used)
{
	size_t head = m->at - m->from, tail;

	if (m->keep != LSP_KEEP_NOT) {
		memcpy(p->out + used, p->host + m->from, end - m->from);
		return end - m->from;
	}
	tail = end - m->at - m->skip;
	memcpy(p->out + used, p->host + m->from, head);
	m->out_at = (uint32_t)(used + head);
	memcpy(p->out + m->out_at, p->insert.text, p->insert.len);
	memcpy(p->out + m->out_at + p->insert.len, p->host + m->at + m->skip, tail);
	return head + p->insert.len + tail;
}

/* One line that does not fit: handed out in three parts, uncopied. */
static void long_piece(struct lsp_piece *p, size_t end)
{
	struct lsp_line_mark *m = &p->marks[p->n_marks++];

	p->host_bytes = end;
	p->bytes = p->host;
	p->len = end;
	if (m->keep != LSP_KEEP_NOT)
		return;
	m->out_at = m->at;
	p->bytes = NULL;
	p->part[0].at = p->host;
	p->part[0].len = m->at;
	p->part[1].at = p->insert.text;
	p->part[1].len = p->insert.len;
	p->part[2].at = p->host + m->at + m->skip;
	p->part[2].len = end - m->at - m->skip;
	p->len = end + p->insert.len - m->skip;
}

/* R10: what the reader gets in one go must stay what it gets in one go, and a non-blocking
 * descriptor must not end in the middle of a stamp. */
static bool grows_too_much(const struct lsp_text *t, size_t host, size_t total)
{
	if (t->rule.kind == LSP_FD_SYSLOG)
		return total > SYSLOG_LINE_BYTES;
	if (total <= PIPE_ATOMIC_BYTES || t->rule.kind == LSP_FD_FILE)
		return false;
	if (t->rule.kind == LSP_FD_PIPE && host <= PIPE_ATOMIC_BYTES)
		return true;
	return syscall(SYS_fcntl, t->number, F_GETFL) & O_NONBLOCK;
}

static void leave_unstamped(struct lsp_piece *p)
{
	for (unsigned i = 0; i < p->n_marks; i++) {
		if (p->marks[i].keep == LSP_KEEP_NOT)
			p->marks[i].keep = LSP_KEEP_FORMAT;
		p->marks[i].text_bytes = p->marks[i].skip = 0;
	}
	p->bytes = p->host;
	p->len = p->host_bytes;
	lsp_count(LSP_COUNTER_KEPT_GROWTH);
}

/* Fills marks and out with as many lines as fit. Returns whether any is stamped. */
static bool fill_piece(struct lsp_text *t, struct lsp_piece *p)
{
	size_t from = 0, used = 0;
	bool stamped = false;

	while (from < t->left && p->n_marks < p->cap_marks) {
		const char *newline = memchr(t->at + from, '\n', t->left - from);
		size_t to = newline ? (size_t)(newline - t->at) : t->left;
		size_t end = newline ? to + 1 : to;
		struct lsp_line_mark *m = &p->marks[p->n_marks];

		mark_line(t, p, from, to, newline != NULL);
		if (used + (end - from) + m->text_bytes > p->cap) {
			if (p->n_marks > 0)
				break; /* the next piece begins with it */
			long_piece(p, end);
			return m->keep == LSP_KEEP_NOT;
		}
		used += put_line(p, m, end, used);
		stamped |= m->keep == LSP_KEEP_NOT;
		p->n_marks++;
		from = end;
	}
	p->host_bytes = from;
	p->bytes = stamped ? p->out : p->host;
	p->len = stamped ? used : from;
	return stamped;
}

bool lsp_text_next(struct lsp_text *t, struct lsp_piece *p)
{
	if (t->left == 0)
		return false;
	lsp_busy_begin();
	p->host = t->at;
	p->n_marks = 0;
	if (fill_piece(t, p) && grows_too_much(t, t->left, p->len))
		leave_unstamped(p);
	lsp_text_drop(t);
	lsp_busy_end();
	return true;
}
