/* After the real call: how far the host's bytes got, what is owed, and what the ring gets. */
#include "lines.h"
#include "process_names.h"
#include "shim.h"

#include <string.h>

/* ---- short writes (rule R11)
 * --------------------------------------------------------------------- */

/* How many host bytes the first `taken` bytes that went out are. *ret_cut: the line whose stamp
 * ends there unfinished, *ret_cut_at of its bytes being out. */
static size_t host_bytes(const struct lsp_piece *p, size_t taken,
	const struct lsp_line_mark **ret_cut, size_t *ret_cut_at)
{
	size_t added = 0;

	*ret_cut = NULL;
	for (unsigned i = 0; i < p->n_marks; i++) {
		const struct lsp_line_mark *m = &p->marks[i];

		if (m->keep != LSP_KEEP_NOT)
			continue;
		if (taken <= m->out_at)
			break;
		if (taken < (size_t)m->out_at + m->text_bytes) {
			*ret_cut = m;
			*ret_cut_at = taken - m->out_at;
			return m->at;
		}
		added += m->text_bytes;
		added -= m->skip;
	}
	return taken - added;
}

/* A stamp was cut: its rest goes out before anything else does on this descriptor. */
static void owe(struct lsp_text *t, const char *text, size_t at, size_t n)
{
	if (!lsp_text_hold(t))
		return; /* the line stays as the kernel cut it */
	memcpy(t->fd->owed, text, n);
	t->fd->owed_at = (uint16_t)at;
	t->fd->owed_bytes = (uint16_t)n;
}

/* ---- the line in progress
 * ------------------------------------------------------------------------ */

static void partial_clear(struct lsp_text *t)
{
	struct lsp_fd *e = t->fd;

	if (!e->partial_bytes && !e->partial_cut && !e->partial_has_id)
		return;
	if (!lsp_text_hold(t))
		return;
	e->partial_bytes = 0;
	e->partial_has_id = 0;
	e->partial_cut = 0;
}

/* The text ended inside a line. */
static void leave_in_line(struct lsp_text *t, const char *bytes, size_t n, bool fresh)
{
	struct lsp_fd *e = t->fd;
	size_t room;

	if (fresh) {
		partial_clear(t);
		t->ours = true;
	}
	t->in_line = true;
	atomic_store_explicit(
		&e->owner, t->ours ? t->owner : LSP_LINE_FOREIGN, memory_order_relaxed);
	if (!lsp_text_hold(t))
		return;
	room = LSP_FD_PARTIAL_BYTES - e->partial_bytes;
	if (lsp_stamp_line_has_id(bytes, n))
		e->partial_has_id = 1;
	if (n > room)
		e->partial_cut = 1;
	n = n < room ? n : room;
	memcpy(e->partial + e->partial_bytes, bytes, n);
	e->partial_bytes = (uint16_t)(e->partial_bytes + n);
}

static void line_done(struct lsp_text *t)
{
	if (atomic_load_explicit(&t->fd->owner, memory_order_relaxed) != LSP_LINE_START)
		atomic_store_explicit(&t->fd->owner, LSP_LINE_START, memory_order_relaxed);
	t->in_line = false;
	t->ours = false;
	partial_clear(t);
}

/* ---- the ring
 * ------------------------------------------------------------------------------------ */

static enum lsp_counter counter_of(uint8_t keep)
{
	switch (keep) {
	case LSP_KEEP_NOT:
		return LSP_COUNTER_STAMPED;
	case LSP_KEEP_HAS_ID:
		return LSP_COUNTER_KEPT_HAS_ID;
	case LSP_KEEP_STRUCTURE:
		return LSP_COUNTER_KEPT_STRUCTURE;
	default:
		return LSP_COUNTER_MIRRORED;
	}
}

static void record(struct lsp_text *t, const struct lsp_line_mark *m, const char *line, size_t n)
{
	uint8_t flags = m->keep == LSP_KEEP_NOT ? LSP_LOG_STAMPED : 0;

	if (n > 0 && line[n - 1] == '\r')
		n--;
	if (n == 0)
		return;
	lsp_count(m->unsure ? LSP_COUNTER_KEPT_BUFFERED : counter_of(m->keep));
	lsp_line_record(t->judged ? &m->context : t->context, t->rule.channel, 0,
		flags | (m->unsure ? LSP_LOG_UNSURE : 0), line, n, t->now_ns);
}

/* A line that went out in parts. Not inlined: its buffer must not lie on the common path's stack.
 * */
static __attribute__((noinline)) void record_continued(
	struct lsp_text *t, const struct lsp_line_mark *m, const char *line, size_t n)
{
	char whole[LSP_FD_PARTIAL_BYTES + 512];
	size_t before, rest;

	if (!t->ours || !lsp_text_hold(t)) {
		lsp_count(LSP_COUNTER_KEPT_FRAGMENT);
		return; /* begun by somebody else: not ours to file */
	}
	before = t->fd->partial_bytes;
	rest = n < sizeof(whole) - before ? n : sizeof(whole) - before;
	memcpy(whole, t->fd->partial, before);
	memcpy(whole + before, line, rest);
	record(t, m, whole, before + rest);
}

static void record_mark(struct lsp_text *t, const struct lsp_piece *p,
	const struct lsp_line_mark *m, bool continued)
{
	if (continued)
		record_continued(t, m, p->host + m->from, m->to - m->from);
	else
		record(t, m, p->host + m->from, m->to - m->from);
}

/* The last line that the kernel reached, when it did not reach its end. */
static void took_part(struct lsp_text *t, const struct lsp_piece *p, const struct lsp_line_mark *m,
	bool continued, size_t host, bool stamp_is_out)
{
	if (stamp_is_out) {
		record_mark(t, p, m, continued);
		atomic_store_explicit(&t->fd->owner, LSP_LINE_STAMPED, memory_order_relaxed);
		t->in_line = true;
		t->ours = false;
	} else if (host > m->from) {
		leave_in_line(t, p->host + m->from, host - m->from, !continued);
	}
}

size_t lsp_text_took(struct lsp_text *t, const struct lsp_piece *p, size_t taken)
{
	const struct lsp_line_mark *cut = NULL;
	size_t cut_at = 0, host = p->host_bytes;
	bool all = taken == p->len;

	lsp_busy_begin();
	if (!all) {
		host = host_bytes(p, taken, &cut, &cut_at);
		lsp_count(LSP_COUNTER_SHORT_WRITES);
	}
	for (unsigned i = 0; i < p->n_marks; i++) {
		const struct lsp_line_mark *m = &p->marks[i];
		bool continued = t->in_line && i == 0;
		size_t end = m->to + (m->whole ? 1u : 0u);

		if (host < end || !m->whole) {
			took_part(t, p, m, continued, host,
				m->keep == LSP_KEEP_NOT && taken > m->out_at);
			if (m == cut)
				owe(t, p->bytes ? p->bytes + m->out_at : p->insert.text, cut_at,
					m->text_bytes);
			break;
		}
		record_mark(t, p, m, continued);
		line_done(t);
	}
	t->at += host;
	t->left -= host;
	lsp_text_drop(t);
	lsp_busy_end();
	return host;
}

void lsp_text_mirror(struct lsp_text *t, struct lsp_piece *p, size_t taken)
{
	for (size_t part; lsp_text_next(t, p); taken -= part) {
		part = taken < p->len ? taken : p->len;
		(void)lsp_text_took(t, p, part);
		if (part < p->len)
			break;
	}
}

static void put(struct lsp_ring_line *l)
{
	if (l->context->source == LSP_SOURCE_ENV && !lsp_shim.process_span_sent)
		lsp_process_span_begin();
	(void)lsp_ring_put_line(&lsp_shim.ring, LSP_RECORD_LOG, l);
}

/* Not inlined: its buffer must not lie on the common path's stack. */
static __attribute__((noinline)) void put_with_attrs(struct lsp_ring_line *l)
{
	uint8_t attrs[LSP_PROCESS_NAMES_ATTRS_BYTES];

	l->attrs = attrs;
	l->attr_bytes = lsp_process_names_attrs(l->context, attrs);
	put(l);
}

/* Not inlined, and asked for only when there is a ring: the struct is not to be filled for nothing.
 */
static __attribute__((noinline)) void put_record(const struct lsp_context *c, uint8_t channel,
	uint8_t severity, uint8_t flags, const char *line, size_t n, uint64_t now_ns)
{
	struct lsp_ring_line l = { .context = c,
		.time_ns = now_ns,
		.tid = lsp_thread_id(),
		.channel = channel,
		.severity = severity,
		.flags = flags,
		.text = line,
		.text_bytes = n };

	if (lsp_process_names_known() && !(flags & LSP_LOG_UNSURE))
		put_with_attrs(&l);
	else
		put(&l);
}

void lsp_line_record(const struct lsp_context *c, uint8_t channel, uint8_t severity, uint8_t flags,
	const char *line, size_t n, uint64_t now_ns)
{
	if (lsp_shim.ring.map)
		put_record(c, channel, severity, flags, line, n, now_ns);
}
