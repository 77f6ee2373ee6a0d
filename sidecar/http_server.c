#include "http.h"

#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTION_BYTES (128u * 1024) /* headers, and the pieces in which a body arrives */
#define HELD_BYTES_MAX   (256u * 1024 * 1024) /* bodies that are still arriving, all together */
#define DRAIN_BYTES_MAX  (256u * 1024 * 1024) /* of a request that is refused already */

struct lsp_http_server {
	struct lsp_http_config config;
	struct MHD_Daemon *daemon;
	int quiesced_fd;
	atomic_size_t held_bytes;
	atomic_uint in_flight; /* requests whose headers were read and whose answer is not sent */
	atomic_uint suspended;
	atomic_bool stopping; /* answers close their connection */
	atomic_bool refusing; /* nothing may be suspended any more */
};

/* ---- answers --------------------------------------------------------------------------------- */

void lsp_http_answer_text(struct lsp_http_request *r, unsigned status, const char *text)
{
	r->answer.status = status;
	r->answer.type = "text/plain; charset=utf-8";
	lsp_buf_clear(&r->answer.body);
	(void)lsp_buf_add_text(&r->answer.body, text);
}

void lsp_http_refuse_json(struct lsp_http_request *r, unsigned status, const char *message)
{
	json_t *json = json_pack("{s:{s:i,s:s}}", "error", "code", (int)status, "message", message);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	lsp_http_answer_text(r, status, text ? text : "{\"error\":{}}");
	(void)lsp_buf_add_text(&r->answer.body, "\n");
	r->answer.type = "application/json";
	free(text);
	json_decref(json);
}

static void add_headers(struct lsp_http_request *r, struct MHD_Response *response)
{
	const struct lsp_http_answer *a = &r->answer;
	char seconds[16];
	snprintf(seconds, sizeof(seconds), "%u", a->retry_after_s);
	MHD_add_response_header(response, "Content-Type", a->type);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	if (a->policy)
		MHD_add_response_header(response, "Content-Security-Policy", a->policy);
	if (a->allow)
		MHD_add_response_header(response, "Allow", a->allow);
	if (a->wants_token) {
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
		/* For browsers, which ask for it then: any user, the token as password. */
		MHD_add_response_header(response, "WWW-Authenticate",
			"Basic realm=\"linespan\", charset=\"UTF-8\"");
	}
	if (a->retry_after_s)
		MHD_add_response_header(response, "Retry-After", seconds);
	if (atomic_load(&r->server->stopping))
		MHD_add_response_header(response, "Connection", "close");
}

static enum MHD_Result send_answer(struct lsp_http_request *r)
{
	struct lsp_buf *body = &r->answer.body;
	struct MHD_Response *response =
		MHD_create_response_from_buffer(body->len, body->at ? body->at : (void *)"",
			body->at ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	lsp_buf_init(body, LSP_HTTP_ANSWER_MAX); /* the response has its memory now */
	add_headers(r, response);
	enum MHD_Result result = MHD_queue_response(r->connection, r->answer.status, response);
	MHD_destroy_response(response);
	return result;
}

/* ---- suspension ------------------------------------------------------------------------------ */

bool lsp_http_suspend(struct lsp_http_request *r)
{
	/* Counted before the look at `refusing`, which is set before the look at the count: one of
	 * the two sides sees the other. */
	atomic_fetch_add(&r->server->suspended, 1);
	if (atomic_load(&r->server->refusing)) {
		atomic_fetch_sub(&r->server->suspended, 1);
		return false;
	}
	MHD_suspend_connection(r->connection);
	return true;
}

void lsp_http_finish(struct lsp_http_request *r)
{
	struct lsp_http_server *s = r->server;
	MHD_resume_connection(r->connection);
	atomic_fetch_sub(&s->suspended, 1);
}

void lsp_http_run_slow(struct lsp_http_request *r)
{
	struct lsp_histogram *slow = r->server->config.slow;
	uint64_t began_ns = lsp_histogram_now_ns();
	(void)r->route->handle(r);
	if (slow)
		lsp_histogram_add(slow, lsp_histogram_now_ns() - began_ns);
	lsp_http_finish(r);
}

/* ---- a request's way ------------------------------------------------------------------------- */

static void drop_body(struct lsp_http_request *r)
{
	lsp_buf_release(&r->body);
	atomic_fetch_sub(&r->server->held_bytes, r->held_bytes);
	r->held_bytes = 0;
}

static void refuse(struct lsp_http_request *r, unsigned status, const char *message)
{
	drop_body(r);
	r->decided = true;
	if (r->route)
		r->route->refuse(r, status, message);
	else
		lsp_http_refuse_json(r, status, message);
}

static void refuse_too_large(struct lsp_http_request *r)
{
	lsp_count(r->server->config.counters, LSP_SERVED_REFUSED_TOO_LARGE, 1);
	refuse(r, MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than --max-body allows");
}

static bool has_token(const struct lsp_http_request *r)
{
	struct lsp_tokens *tokens = r->server->config.tokens;
	const char *said = MHD_lookup_connection_value(
		r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	return !tokens || (r->route && r->route->flags & LSP_HTTP_OPEN) ||
	       (said && lsp_tokens_allow(tokens, lsp_slice_of(said)));
}

/* What can be said of a request before its body. */
static void judge_head(struct lsp_http_request *r, const char *method, const char *path)
{
	const struct lsp_http_config *c = &r->server->config;
	int rc = lsp_http_find_route(r, c->tables, c->n_tables, method, path);
	if (!lsp_http_is_ours(r->connection, c->tokens)) {
		lsp_count(c->counters, LSP_SERVED_REFUSED_FOREIGN, 1);
		refuse(r, MHD_HTTP_FORBIDDEN,
			c->tokens ? "Origin is another site"
				  : "Host and Origin must name this machine by a loopback address "
				    "or localhost");
		return;
	}
	if (!has_token(r)) {
		lsp_count(c->counters, LSP_SERVED_REFUSED_TOKEN, 1);
		r->answer.wants_token = true;
		refuse(r, MHD_HTTP_UNAUTHORIZED,
			"this server wants its token: Authorization: Bearer TOKEN");
		return;
	}
	if (rc == -ENOENT) {
		refuse(r, MHD_HTTP_NOT_FOUND, "no such path");
		return;
	}
	if (rc) {
		refuse(r, MHD_HTTP_METHOD_NOT_ALLOWED, "this path does not take that method");
		return;
	}
	const char *length = MHD_lookup_connection_value(
		r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	if (length && strtoull(length, NULL, 10) > c->max_body_bytes)
		refuse_too_large(r);
}

static struct lsp_http_request *begin_request(
	struct lsp_http_server *s, struct MHD_Connection *connection)
{
	struct lsp_http_request *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->server = s;
	r->app = s->config.app;
	r->connection = connection;
	r->type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	r->encoding = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Encoding");
	r->answer.status = MHD_HTTP_OK;
	r->answer.type = "application/json";
	lsp_buf_init(&r->body, s->config.max_body_bytes);
	lsp_buf_init(&r->answer.body, LSP_HTTP_ANSWER_MAX);
	atomic_fetch_add(&s->in_flight, 1);
	return r;
}

/* A refused request is read to its end, so that the client gets to the answer, but not for ever. */
static enum MHD_Result take_body(struct lsp_http_request *r, const char *bytes, size_t n)
{
	struct lsp_http_server *s = r->server;
	if (r->decided) {
		r->drained_bytes += n;
		return r->drained_bytes > DRAIN_BYTES_MAX ? MHD_NO : MHD_YES;
	}
	r->held_bytes += n;
	if (atomic_fetch_add(&s->held_bytes, n) + n > HELD_BYTES_MAX) {
		lsp_count(s->config.counters, LSP_SERVED_REFUSED_FULL, 1);
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "too many requests at once");
		return MHD_YES;
	}
	int rc = lsp_buf_add(&r->body, bytes, n);
	if (rc == -E2BIG)
		refuse_too_large(r);
	else if (rc)
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "no memory");
	return MHD_YES;
}

static enum MHD_Result handle(struct lsp_http_request *r)
{
	r->decided = true;
	/* What the handler keeps of the body is counted where it keeps it. */
	atomic_fetch_sub(&r->server->held_bytes, r->held_bytes);
	r->held_bytes = 0;
	if (!(r->route->flags & LSP_HTTP_SLOW))
		return r->route->handle(r) == LSP_HTTP_LATER ? MHD_YES : send_answer(r);
	if (!lsp_http_suspend(r)) {
		r->answer.retry_after_s = 1;
		refuse(r, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is ending");
		return send_answer(r);
	}
	lsp_http_pool_run(r->server->config.pool, r);
	return MHD_YES;
}

/* Called when the head is there, for each piece of the body, at its end, and after a resume. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *bytes, size_t *n, void **request)
{
	struct lsp_http_request *r = *request;
	(void)version;
	if (!r) {
		*request = r = begin_request(arg, connection);
		if (!r)
			return MHD_NO;
		judge_head(r, method, url);
		/* Who waits for leave to send a body is spared sending it. */
		return r->decided && MHD_lookup_connection_value(
					     connection, MHD_HEADER_KIND, "Expect")
			       ? send_answer(r)
			       : MHD_YES;
	}
	if (*n) {
		enum MHD_Result result = take_body(r, bytes, *n);
		*n = 0;
		return result;
	}
	return r->decided ? send_answer(r) : handle(r);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **request,
	enum MHD_RequestTerminationCode how)
{
	struct lsp_http_request *r = *request;
	(void)arg;
	(void)connection;
	(void)how;
	if (!r)
		return;
	drop_body(r);
	lsp_buf_release(&r->answer.body);
	atomic_fetch_sub(&r->server->in_flight, 1);
	free(r);
	*request = NULL;
}

/* ---- the server ------------------------------------------------------------------------------ */

int lsp_http_server_new(struct lsp_http_server **ret, struct lsp_http_config *config)
{
	struct MHD_OptionItem tls_options[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)lsp_tls_retrieve },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)LSP_TLS_PRIORITIES },
		{ MHD_OPTION_END, 0, NULL },
	};
	int fd = lsp_address_listen(&config->address);
	if (fd < 0)
		return fd;
	struct lsp_http_server *s = calloc(1, sizeof(*s));
	if (s) {
		s->config = *config;
		s->quiesced_fd = -1;
		s->daemon =
			MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
						 (s->config.tls ? MHD_USE_TLS : 0),
				0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
				MHD_OPTION_CONNECTION_LIMIT, (unsigned)LSP_HTTP_CONNECTIONS_MAX,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LSP_HTTP_IDLE_SECONDS,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
				MHD_OPTION_ARRAY, s->config.tls ? tls_options : tls_options + 2,
				MHD_OPTION_END);
	}
	if (!s || !s->daemon) {
		int rc = s && errno ? -errno : -ENOMEM;
		close(fd);
		free(s);
		return rc;
	}
	*ret = s;
	return 0;
}

void lsp_http_server_quiesce(struct lsp_http_server *s)
{
	if (s->quiesced_fd < 0)
		s->quiesced_fd = MHD_quiesce_daemon(s->daemon);
	atomic_store(&s->stopping, true);
}

static void pause_ms(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)ms * 1000000 }, NULL);
}

struct lsp_http_server *lsp_http_server_free(struct lsp_http_server *s, unsigned wait_ms)
{
	const unsigned step_ms = 2;
	if (!s)
		return NULL;
	lsp_http_server_quiesce(s);
	for (unsigned ms = 0; ms < wait_ms && atomic_load(&s->in_flight); ms += step_ms)
		pause_ms(step_ms);
	atomic_store(&s->refusing, true);
	while (atomic_load(&s->suspended))
		pause_ms(step_ms);
	MHD_stop_daemon(s->daemon);
	if (s->quiesced_fd >= 0)
		close(s->quiesced_fd);
	free(s);
	return NULL;
}
