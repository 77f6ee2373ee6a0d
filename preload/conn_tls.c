/* Sessions and their connections. */
#include "chunks.h"
#include "conn_client.h"
#include "conn_job.h"
#include "conn_tls.h"

#define SESSIONS     16384
#define WAYS         8 /* places that a session may stand at */
#define PREFIX_BYTES (LSP_PLAN_HEAD_BYTES / 2)

/* A table of sets: sessions whose addresses fall together do not push each other out. */
struct session {
	_Atomic(const void *) session; /* NULL while the rest is written */
	_Atomic int fd;
	_Atomic uint32_t generation; /* of the connection */
};

/* What goes out in front of the host's bytes; kept until the library has taken it. */
struct prefix {
	const void *session; /* NULL: free */
	uint32_t generation; /* of the connection */
	bool taken;
	uint16_t n, covered;
	uint16_t
		same; /* of its bytes are the host's own: a call that is made again has them, too */
	char text[PREFIX_BYTES];
};

static _Atomic(void *) session_chunks[SESSIONS / LSP_CHUNK_ELEMENTS];
static _Atomic(void *) prefix_chunks[LSP_CONN_MAX / LSP_CHUNK_ELEMENTS];

static struct session *set_of(const void *session, bool make)
{
	uint64_t h = (uint64_t)(uintptr_t)session * 0x9E3779B97F4A7C15ull;

	return lsp_chunk_at(session_chunks, (size_t)(h >> 40) % (SESSIONS / WAYS) * WAYS,
		sizeof(struct session), make);
}

static struct session *session_at(const void *session)
{
	struct session *set = set_of(session, false);

	for (int i = 0; set && i < WAYS; i++)
		if (atomic_load_explicit(&set[i].session, memory_order_acquire) == session)
			return &set[i];
	return NULL;
}

/* Nobody's, or of a connection that is gone (a program that never says that a session ends). */
static bool is_free(const struct session *s)
{
	const struct lsp_conn *c;

	if (!atomic_load_explicit(&s->session, memory_order_relaxed))
		return true;
	c = lsp_conn_of(atomic_load_explicit(&s->fd, memory_order_relaxed));
	return !c || c->generation != atomic_load_explicit(&s->generation, memory_order_relaxed);
}

/* Where a session is to stand: where it stands, else a free place, else somebody's. */
static struct session *place_for(const void *session)
{
	struct session *s = session_at(session), *set = s ? NULL : set_of(session, true);

	for (int i = 0; !s && set && i < WAYS; i++)
		if (is_free(&set[i]))
			s = &set[i];
	return s || !set ? s : &set[(uintptr_t)session / 64 % WAYS];
}

static void remember(const void *session, int fd)
{
	const struct lsp_conn *c = lsp_conn_of(fd);
	struct session *s = c ? place_for(session) : NULL;

	if (!s)
		return;
	atomic_store_explicit(&s->session, NULL, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&s->fd, fd, memory_order_relaxed);
	atomic_store_explicit(&s->generation, c->generation, memory_order_relaxed);
	atomic_store_explicit(&s->session, session, memory_order_release);
}

void lsp_tls_forget(const void *session)
{
	struct session *s = session_at(session);

	if (s)
		atomic_store_explicit(&s->session, NULL, memory_order_relaxed);
}

static int known_fd(const struct lsp_tls *t)
{
	struct session *s = session_at(t->session);
	const struct lsp_conn *c;
	uint32_t generation;
	int fd;

	if (!s)
		return -1;
	fd = atomic_load_explicit(&s->fd, memory_order_relaxed);
	generation = atomic_load_explicit(&s->generation, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&s->session, memory_order_relaxed) != t->session)
		return -1;
	c = lsp_conn_of(fd);
	return c && c->generation == generation ? fd : -1;
}

/* Whoever is not known by what the library itself read, wrote or says is nobody. */
static struct lsp_conn *find(const struct lsp_tls *t, int *ret_fd)
{
	int fd = known_fd(t);

	if (fd < 0 && t->fd >= 0)
		fd = t->fd;
	*ret_fd = fd;
	return fd < 0 ? NULL : lsp_conn_of(fd);
}

void lsp_tls_enter(void)
{
	lsp_thread.tls_fd = 0;
	lsp_thread.in_tls = 1;
}

void lsp_tls_left(const struct lsp_tls *t)
{
	lsp_thread.in_tls = 0;
	if (lsp_thread.tls_fd > 0 && known_fd(t) != lsp_thread.tls_fd - 1)
		remember(t->session, lsp_thread.tls_fd - 1);
}

/* The connection of a session, opened for plain text. */
static struct lsp_conn *open_plain(const struct lsp_tls *t, int *ret_fd)
{
	struct lsp_conn *c = find(t, ret_fd);

	if (!c || c->tls)
		return c;
	c->tls = true;
	c->opaque = c->in_body = c->answered = false;
	c->open = 0;
	lsp_http_head_reset(&c->request);
	lsp_http_head_reset(&c->response);
	return c;
}

void lsp_tls_received(const struct lsp_tls *t, const void *bytes, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	int fd;
	struct lsp_conn *c;

	/* A program that hands the library what it has read itself reads plain text right behind
	 * it: the connection is the one that this thread touched last. */
	if (known_fd(t) < 0 && t->fd < 0 && lsp_thread.touched_fd > 0)
		remember(t->session, lsp_thread.touched_fd - 1);
	c = open_plain(t, &fd);
	if (!c || n == 0)
		return;
	lsp_conn_plain_received(c, &iov, 1, n);
	lsp_conn_touch(fd);
}

void lsp_tls_sent(const struct lsp_tls *t, const void *bytes, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	int fd;
	struct lsp_conn *c = open_plain(t, &fd);

	if (c && n > 0)
		lsp_conn_plain_sent(c, &iov, 1, n);
}

/* ---- prefixes -------------------------------------------------------------------------------- */

static struct prefix *prefix_of(const struct lsp_tls *t)
{
	int fd;
	struct lsp_conn *c = find(t, &fd);
	struct prefix *p = c ? lsp_chunk_at(prefix_chunks, c->slot, sizeof(*p), false) : NULL;

	return p && p->session == t->session && p->generation == c->generation ? p : NULL;
}

size_t lsp_tls_sending(const struct lsp_tls *t, const void *bytes, size_t n, const char **ret_text,
	size_t *ret_text_bytes)
{
	struct iovec iov = { (void *)(uintptr_t)bytes, n };
	struct lsp_plan plan = { .what = LSP_PLAN_NOTHING };
	struct prefix *p;
	size_t covered;
	int fd;
	struct lsp_conn *c = open_plain(t, &fd);

	if (!c)
		return 0;
	lsp_conn_plain_sending(c, fd, &iov, 1, &plan);
	covered = plan.at + (plan.what == LSP_PLAN_REPLACE ? plan.n : 0);
	p = plan.what ? lsp_chunk_at(prefix_chunks, c->slot, sizeof(*p), true) : NULL;
	if (!p || plan.at + plan.n > PREFIX_BYTES)
		return 0;
	memcpy(p->text, bytes, plan.at);
	memcpy(p->text + plan.at, plan.text, plan.n);
	p->session = t->session;
	p->generation = c->generation;
	p->same = (uint16_t)plan.at;
	p->taken = false;
	p->n = (uint16_t)(plan.at + plan.n);
	p->covered = (uint16_t)covered;
	*ret_text = p->text;
	*ret_text_bytes = p->n;
	return covered;
}

bool lsp_tls_prefix(const struct lsp_tls *t, const void *bytes, size_t n, const char **ret_text,
	size_t *ret_text_bytes, size_t *ret_covered, bool *ret_taken)
{
	struct prefix *p = prefix_of(t);

	if (!p)
		return false;
	if (n < p->covered || memcmp(p->text, bytes, p->same) != 0) {
		p->session = NULL; /* another call: what was planned is given up */
		return false;
	}
	*ret_text = p->text;
	*ret_text_bytes = p->n;
	*ret_covered = p->covered;
	*ret_taken = p->taken;
	return true;
}

void lsp_tls_prefix_taken(const struct lsp_tls *t)
{
	struct prefix *p = prefix_of(t);

	if (p)
		p->taken = true;
}

void lsp_tls_prefix_done(const struct lsp_tls *t)
{
	struct prefix *p = prefix_of(t);

	if (p)
		p->session = NULL;
}
