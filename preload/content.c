/* Names of recent requests, as hashes, and the names that a line holds. */
#include "content.h"
#include "chunks.h"
#include "conn_table.h"
#include "../lib/core/hex.h"

#define RECENT     1024 /* requests that a line may still name */
#define RECENT_FEW 256 /* … in programs that do not collect lines */
#define NAMES      LSP_CONTENT_NAMES
#define FILTER     16384 /* far more than names in use: most words of a line are nobody's */
#define LINE_BYTES 2048 /* of a line are looked at */
#define ID_CHARS   8 /* an id has at least as many, and a digit */

struct recent {
	_Atomic uint32_t version; /* odd while it is written */
	uint64_t name[NAMES]; /* 0: none */
	struct lsp_context context;
};

static _Atomic(void *) chunks[RECENT / LSP_CHUNK_ELEMENTS];
static _Atomic uint32_t n_noted;
/* By a name's hash: the last request, counted from 1, that had a name in this place. */
static _Atomic uint32_t filter[FILTER];

static struct recent *recent_at(uint32_t number, bool make)
{
	return lsp_chunk_at(chunks, number % RECENT, sizeof(struct recent), make);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* FNV-1a, never 0. A collision may cost a line its id in a veto, and two different names of 64 bits
 * do not meet by chance among some hundreds. */
static uint64_t hash(const char *at, size_t n)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)at[i]) * 0x100000001b3ull;
	return h ? h : 1;
}

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
	       c == '_';
}

/* The bytes of the id that begins at `at`; *ret_is_one tells whether it is long and mixed enough to
 * name one thing. */
static size_t id_run(const char *at, size_t n, bool *ret_is_one)
{
	size_t i = 0;
	bool digit = false;

	for (; i < n && is_id_char(at[i]); i++)
		digit |= at[i] >= '0' && at[i] <= '9';
	*ret_is_one = digit && i >= ID_CHARS;
	return i;
}

static void note_ids(uint64_t name[NAMES], const char *target, size_t n)
{
	unsigned found = 0;

	for (size_t i = 0; i < n && found < 2;) {
		bool is_one;
		size_t run = id_run(target + i, n - i, &is_one);

		if (is_one)
			name[2 + found++] = hash(target + i, run);
		i += run ? run : 1;
	}
}

static void make_names(struct lsp_conn *c)
{
	const struct lsp_http_head *h = &c->request;
	char hex[LSP_TRACE_ID_HEX];

	memset(c->name, 0, sizeof(c->name));
	if (h->target_bytes > 1 && h->target_bytes < LSP_HTTP_TARGET_BYTES) {
		c->name[0] = hash(h->target, h->target_bytes);
		c->name[1] = c->path_bytes > 1 ? hash(c->path, c->path_bytes) : 0;
	}
	note_ids(c->name, h->target, h->target_bytes);
	if (!c->has_context)
		return;
	lsp_hex_encode(hex, c->context.trace_id, LSP_TRACE_ID_BYTES);
	c->name[4] = hash(hex, sizeof(hex));
}

void lsp_content_note(struct lsp_conn *c)
{
	struct recent *r;
	uint32_t version, number;

	if (lsp_shim.traits & LSP_TRAIT_EXACT)
		return;
	make_names(c);
	number = atomic_fetch_add_explicit(&n_noted, 1, memory_order_relaxed);
	r = recent_at(number, true);
	if (!r)
		return;
	for (int i = 0; i < NAMES; i++)
		if (c->name[i])
			atomic_store_explicit(
				&filter[c->name[i] % FILTER], number + 1, memory_order_relaxed);
	version = atomic_load_explicit(&r->version, memory_order_relaxed);
	atomic_store_explicit(&r->version, version | 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	memcpy(r->name, c->name, sizeof(r->name));
	memset(&r->context, 0, sizeof(r->context));
	if (c->has_context)
		r->context = c->context;
	atomic_store_explicit(&r->version, (version | 1) + 1, memory_order_release);
}

/* ---- what a line names ----------------------------------------------------------------------- */

struct finding {
	const struct lsp_context *serving; /* NULL: any request will do */
	const struct lsp_conn *conn; /* its connection, or NULL */
	bool own; /* the line names the thread's request */
	bool own_only; /* … by a name that no other one has */
	bool other; /* it names others that are not */
	bool several; /* more than one of them */
	struct lsp_context found;
};

/* Copies an entry that stays the same meanwhile. */
static bool read_recent(const struct recent *r, uint64_t name, struct lsp_context *ret)
{
	uint32_t version = atomic_load_explicit(&r->version, memory_order_acquire);
	bool named = false;

	if (version & 1)
		return false;
	for (int i = 0; i < NAMES; i++)
		named |= r->name[i] == name;
	if (!named)
		return false;
	*ret = r->context;
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&r->version, memory_order_relaxed) == version;
}

/* A name that stands in the line: whose is it? Returns false for nobody's. */
static bool look_up(struct finding *f, uint64_t name)
{
	uint32_t end = atomic_load_explicit(&n_noted, memory_order_relaxed);
	uint32_t n = lsp_shim.traits & LSP_TRAIT_CONTENT ? RECENT : RECENT_FEW;
	uint32_t last = atomic_load_explicit(&filter[name % FILTER], memory_order_relaxed);
	bool own = false, other = false, several = false;
	struct lsp_context c, first = { .doubt = 0 };

	for (int i = 0; f->conn && i < NAMES; i++)
		own |= f->conn->name[i] == name;
	if (!last || end - last > n)
		n = 0; /* no recent request has it */
	for (uint32_t i = 1; i <= n && i <= end; i++) {
		const struct recent *r = recent_at(end - i, false);

		if (!r || !read_recent(r, name, &c))
			continue;
		if (f->serving && lsp_context_same(&c, f->serving)) {
			own = true;
		} else if (!other) {
			other = true;
			first = c;
		} else if (!lsp_context_same(&c, &first)) {
			several = true;
		}
	}
	f->own |= own;
	f->own_only |= own && !other;
	if (!other || own)
		return own;
	/* The same request may be named twice, by its target and by an id. */
	f->several |= several || (f->other && !lsp_context_same(&f->found, &first));
	f->other = true;
	f->found = first;
	return true;
}

static bool is_target_char(char c)
{
	return (unsigned char)c > ' ' && c != '"' && c != '\'' && c != '<' && c != '>' &&
	       c != '`' && c != '\\' && c != '|' && c != 127;
}

/* A target in a run of its characters: from its first "/" (behind a host), without what a sentence
 * puts behind it. */
static void look_up_target(struct finding *f, const char *at, size_t n)
{
	const char *host = memmem(at, n, "://", 3), *slash, *query;

	if (host) {
		n -= (size_t)(host + 3 - at);
		at = host + 3;
	}
	slash = memchr(at, '/', n);
	if (!slash)
		return;
	n -= (size_t)(slash - at);
	while (n > 1 && memchr(".,;:)]}", slash[n - 1], 7))
		n--;
	if (n < 2)
		return;
	if (look_up(f, hash(slash, n)))
		return;
	query = memchr(slash, '?', n);
	if (query && query - slash > 1)
		(void)look_up(f, hash(slash, (size_t)(query - slash)));
}

static void look_up_ids(struct finding *f, const char *at, size_t n)
{
	for (size_t i = 0; i < n;) {
		bool is_one;
		size_t run = id_run(at + i, n - i, &is_one);

		if (is_one)
			(void)look_up(f, hash(at + i, run));
		i += run ? run : 1;
	}
}

static void look_at_line(struct finding *f, const char *line, size_t n)
{
	n = n < LINE_BYTES ? n : LINE_BYTES;
	for (size_t i = 0; i < n;) {
		size_t run = 0;

		while (i + run < n && is_target_char(line[i + run]))
			run++;
		if (run > 1) {
			look_up_target(f, line + i, run);
			look_up_ids(f, line + i, run);
		}
		i += run ? run : 1;
	}
}

bool lsp_content_judge(struct lsp_context *c, const char *line, size_t n)
{
	uint8_t doubt = c->doubt;
	struct finding f = { .serving = doubt == LSP_DOUBT_FIND ? NULL : c };

	if (f.serving && lsp_thread.has_serving && lsp_context_same(c, &lsp_thread.serving))
		f.conn = lsp_conn_at(lsp_thread.serving_request);
	c->doubt = LSP_DOUBT_NONE;
	look_at_line(&f, line, n);
	if (doubt == LSP_DOUBT_NONE && (f.own || !f.other))
		return true;
	if (doubt == LSP_DOUBT_CONFIRM && f.own_only && !f.other)
		return true;
	if (doubt == LSP_DOUBT_FIND && f.other && !f.several && lsp_context_has_trace(&f.found)) {
		*c = f.found;
		c->source = LSP_SOURCE_CONTENT;
		return true;
	}
	if (!lsp_shim.has_env)
		return false;
	*c = lsp_shim.env_context; /* not a request's: the program's */
	return true;
}
