#include "grpc_session.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#define EVENTS         64
#define TICK_MS        1000
#define ENDING_TICK_MS 20

struct lsp_grpc_server {
	struct lsp_grpc_config config;
	struct lsp_grpc_shared shared;
	pthread_t thread;
	int listener, wake, epoll;
	struct lsp_grpc_session *sessions;
	size_t n_sessions;
	uint64_t now_ms, ticked_ms, end_ms;
	bool has_gone_away;
	atomic_bool quiet; /* no new connections */
	atomic_uint wait_ms; /* from when ending is set */
	atomic_bool ending;
	_Atomic uint64_t round_ms; /* now_ms, for others */
	pthread_mutex_t lock;
	struct lsp_grpc_call *finished; /* under the lock */
};

static uint64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void wake(struct lsp_grpc_server *s)
{
	ssize_t n = write(s->wake, &(uint64_t){ 1 }, sizeof(uint64_t));
	(void)n; /* EAGAIN: it is awake */
}

/* ---- connections ----------------------------------------------------------------------------- */

/* What the connection waits for: bytes to read while its answers are taken, else room to write. */
static void watch(struct lsp_grpc_server *s, struct lsp_grpc_session *c, int how)
{
	bool is_stuck = c->n_out != c->out.len || lsp_grpc_transport_wants_room(c);
	struct epoll_event e = { .events = is_stuck ? EPOLLOUT : EPOLLIN, .data.ptr = c };
	if (epoll_ctl(s->epoll, how, c->fd, &e))
		c->is_dead = true;
}

static void drop(struct lsp_grpc_server *s, struct lsp_grpc_session *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	s->n_sessions--;
	lsp_grpc_session_free(c);
}

static void settle(struct lsp_grpc_server *s, struct lsp_grpc_session *c)
{
	if (!c->is_dead)
		watch(s, c, EPOLL_CTL_MOD);
	if (c->is_dead)
		drop(s, c);
}

/* Clients keep connections for the next call; the one that has waited longest makes room. */
static bool make_room(struct lsp_grpc_server *s)
{
	struct lsp_grpc_session *oldest = NULL;
	if (s->n_sessions < LSP_GRPC_CONNECTIONS_MAX)
		return true;
	for (struct lsp_grpc_session *c = s->sessions; c; c = c->next)
		if (!c->streams && (!oldest || c->active_ms < oldest->active_ms))
			oldest = c;
	if (!oldest)
		return false;
	lsp_grpc_session_go_away(oldest, true);
	drop(s, oldest);
	return true;
}

static int add_session(struct lsp_grpc_server *s, int fd)
{
	struct lsp_grpc_session *c;
	int one = 1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	int rc = lsp_grpc_session_new(&c, &s->shared, fd, s->now_ms);
	if (rc)
		return rc;
	c->next = s->sessions;
	c->link = &s->sessions;
	if (c->next)
		c->next->link = &c->next;
	s->sessions = c;
	s->n_sessions++;
	/* Our SETTINGS wait for the client's: who speaks HTTP/1 is to read a plain answer. */
	watch(s, c, EPOLL_CTL_ADD);
	if (c->is_dead)
		drop(s, c);
	return 0;
}

static void accept_some(struct lsp_grpc_server *s)
{
	for (int i = 0; i < EVENTS; i++) {
		int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		if (make_room(s) && add_session(s, fd) == 0)
			continue;
		lsp_count(s->config.counters, LSP_SERVED_REFUSED_FULL, 1);
		close(fd);
	}
}

/* Connections that owe us the rest of something are not waited for without end. */
static void drop_stalled(struct lsp_grpc_server *s)
{
	for (struct lsp_grpc_session *c = s->sessions, *next; c; c = next) {
		bool owes = !c->is_greeted || c->n_out != c->out.len;
		next = c->next;
		for (struct lsp_grpc_stream *st = c->streams; st && !owes; st = st->next)
			owes = !st->is_decided;
		/* Not even byte by byte: a handshake and a preface take no time. */
		uint64_t since_ms = c->is_greeted ? c->active_ms : c->began_ms;
		if (owes && s->now_ms - since_ms > LSP_GRPC_IDLE_SECONDS * 1000)
			drop(s, c);
	}
}

/* ---- calls that come back -------------------------------------------------------------------- */

void lsp_grpc_finish(struct lsp_grpc_call *call)
{
	struct lsp_grpc_server *s = call->server;
	pthread_mutex_lock(&s->lock);
	bool was_empty = !s->finished;
	call->next = s->finished;
	s->finished = call;
	/* Under the lock: the server ends when all calls are back, and not before this. */
	if (was_empty)
		wake(s);
	pthread_mutex_unlock(&s->lock);
}

static void answer_finished(struct lsp_grpc_server *s)
{
	uint64_t ignored;
	ssize_t n = read(s->wake, &ignored, sizeof(ignored));
	(void)n;
	pthread_mutex_lock(&s->lock);
	struct lsp_grpc_call *all = s->finished;
	s->finished = NULL;
	pthread_mutex_unlock(&s->lock);
	for (struct lsp_grpc_call *c = all, *next; c; c = next) {
		struct lsp_grpc_stream *st = c->stream;
		next = c->next;
		s->shared.in_handlers--;
		c->method = NULL;
		if (st)
			lsp_grpc_stream_answer(st);
		else
			lsp_grpc_call_free(c);
	}
	/* Sent together, after all answers are there; a dead one is found by its next event. */
	for (struct lsp_grpc_session *c = s->sessions, *next; all && c; c = next) {
		next = c->next;
		lsp_grpc_session_flush(c);
		settle(s, c);
	}
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* What is asked from outside; false when the server is at its end. */
static bool obey(struct lsp_grpc_server *s)
{
	bool ending = atomic_load(&s->ending), quiet = ending || atomic_load(&s->quiet);
	if (quiet && s->listener >= 0) {
		close(s->listener);
		s->listener = -1;
		for (struct lsp_grpc_session *c = s->sessions; c; c = c->next)
			lsp_grpc_session_go_away(c, false);
		return true; /* what is on its way comes in before the last word */
	}
	if (quiet && !s->has_gone_away && s->now_ms - s->ticked_ms >= ENDING_TICK_MS) {
		s->has_gone_away = true;
		for (struct lsp_grpc_session *c = s->sessions, *next; c; c = next) {
			next = c->next;
			lsp_grpc_session_go_away(c, true);
			settle(s, c);
		}
	}
	if (!ending)
		return true;
	if (s->end_ms == 0)
		s->end_ms = s->now_ms + atomic_load(&s->wait_ms);
	bool late = s->now_ms >= s->end_ms;
	s->shared.ending = late;
	return (s->sessions && !late) || s->shared.in_handlers;
}

static void handle_events(struct lsp_grpc_server *s, int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->epoll, events, EVENTS, timeout_ms);
	bool has_finished = false, has_new = false;
	s->now_ms = clock_ms();
	atomic_store_explicit(&s->round_ms, s->now_ms, memory_order_relaxed);
	for (int i = 0; i < n; i++) {
		struct lsp_grpc_session *c = events[i].data.ptr;
		if (events[i].data.ptr == &s->wake) {
			has_finished = true;
		} else if (events[i].data.ptr == &s->listener) {
			has_new = true;
		} else {
			if (events[i].events & EPOLLOUT && !c->is_shaking)
				lsp_grpc_session_flush(c);
			else
				lsp_grpc_session_read(c, s->now_ms);
			settle(s, c);
		}
	}
	/* These may end other connections, whose events must have been handled. */
	if (has_finished)
		answer_finished(s);
	if (has_new && s->listener >= 0)
		accept_some(s);
}

static void *run(void *arg)
{
	struct lsp_grpc_server *s = arg;
	while (obey(s)) {
		bool quiet = atomic_load(&s->quiet) || atomic_load(&s->ending);
		handle_events(s, quiet ? ENDING_TICK_MS : TICK_MS);
		if (s->now_ms - s->ticked_ms >= (quiet ? ENDING_TICK_MS : TICK_MS)) {
			drop_stalled(s);
			if (!quiet)
				s->ticked_ms = s->now_ms;
		}
	}
	return NULL;
}

/* ---- from outside ---------------------------------------------------------------------------- */

static int watch_own(struct lsp_grpc_server *s, int *fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = fd };
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, *fd, &e) ? -errno : 0;
}

static int open_all(struct lsp_grpc_server *s)
{
	s->listener = lsp_address_listen(&s->config.address);
	if (s->listener < 0)
		return s->listener;
	s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->wake < 0 || s->epoll < 0)
		return -errno;
	int rc = watch_own(s, &s->listener);
	return rc ? rc : watch_own(s, &s->wake);
}

static void release(struct lsp_grpc_server *s)
{
	while (s->sessions)
		drop(s, s->sessions);
	lsp_grpc_shared_release(&s->shared);
	const int fds[] = { s->listener, s->wake, s->epoll };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int lsp_grpc_server_new(struct lsp_grpc_server **ret, struct lsp_grpc_config *config)
{
	struct lsp_grpc_server *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->config = *config;
	s->shared = (struct lsp_grpc_shared){ .config = &s->config, .server = s };
	s->listener = s->wake = s->epoll = -1;
	s->now_ms = s->ticked_ms = s->round_ms = clock_ms();
	pthread_mutex_init(&s->lock, NULL);
	int rc = lsp_grpc_shared_init(&s->shared);
	rc = rc ? rc : open_all(s);
	/* Filled in before the thread starts: the caller may read it at once. */
	struct lsp_address chosen = s->config.address;
	rc = rc ? rc : -pthread_create(&s->thread, NULL, run, s);
	if (rc) {
		release(s);
		return rc;
	}
	config->address = chosen;
	*ret = s;
	return 0;
}

uint64_t lsp_grpc_server_silent_ms(struct lsp_grpc_server *s)
{
	uint64_t round_ms = atomic_load(&s->round_ms), now_ms = clock_ms();
	return now_ms > round_ms ? now_ms - round_ms : 0;
}

void lsp_grpc_server_quiesce(struct lsp_grpc_server *s)
{
	atomic_store(&s->quiet, true);
	wake(s);
}

struct lsp_grpc_server *lsp_grpc_server_free(struct lsp_grpc_server *s, unsigned wait_ms)
{
	if (!s)
		return NULL;
	atomic_store(&s->wait_ms, wait_ms);
	atomic_store(&s->ending, true);
	wake(s);
	pthread_join(s->thread, NULL);
	release(s);
	return NULL;
}
