/* `linespan serve`: starts its parts from the store outwards, waits for a signal, ends them from
 * the network inwards, so that all that was taken is stored. */
#include "commands.h"
#include "notify.h"
#include "run_spool.h"
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_BYTES_MAX (64u * 1024 * 1024)
#define QUERY_THREADS   3
#define QUERY_LIMIT_NS  30000000000u /* api_query.c tells it */
#define UPLOAD_WAIT_MS  5000 /* at the end, for requests that are still being sent */
#define FORWARD_WAIT_MS 3000 /* then, for backends; what is left stays in its queue */
#define DATA_MODE       0700

struct running {
	struct lsp_serve serve; /* the address of this is what handlers get */
	struct lsp_http_pool *pool;
	struct lsp_http_server *otlp_http, *http, *zipkin;
	atomic_bool ending;
};

/* ---- starting -------------------------------------------------------------------------------- */

static int make_data_folder(const char *path)
{
	char part[PATH_MAX];
	snprintf(part, sizeof(part), "%s", path);
	for (char *p = strchr(part + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(path, DATA_MODE) && errno != EEXIST)
		return -errno;
	return access(path, R_OK | W_OK | X_OK) ? -errno : 0;
}

static int open_store(struct running *r, const struct lsp_serve_config *c)
{
	char why[LSP_STORE_WHY_BYTES] = "";
	const struct lsp_store_config config = { .url = c->store_url,
		.data_dir = c->data_dir,
		.retention_ns = c->retention_ns,
		.query_limit_ns = QUERY_LIMIT_NS,
		.hurry = &r->ending,
		.max_disk_bytes = c->max_disk_bytes,
		.sync_full = c->sync_full };
	int rc = make_data_folder(c->data_dir);
	if (rc)
		return lsp_serve_fail("%s: cannot keep data here: %s; name another folder with "
				      "--data",
			c->data_dir, strerror(-rc));
	rc = lsp_store_open(&r->serve.store, &config, why);
	if (rc)
		return lsp_serve_fail("%s", why[0] ? why : strerror(-rc)) +
		       (rc == -EINVAL); /* 2: --store makes no sense */
	rc = lsp_writer_new(&r->serve.writer, r->serve.store, QUEUE_BYTES_MAX, &r->serve.counters);
	r->serve.resent = lsp_resent_new();
	r->serve.twice = lsp_twice_new(r->serve.resent);
	rc = rc ? rc : r->serve.twice && r->serve.resent ? 0 : -ENOMEM;
	if (rc == 0) {
		lsp_twice_learn(r->serve.twice, r->serve.store);
		lsp_resent_learn(r->serve.resent, r->serve.store);
		lsp_writer_set_resent(r->serve.writer, r->serve.resent);
	}
	rc = rc ? rc : lsp_http_pool_new(&r->pool, QUERY_THREADS);
	return rc ? lsp_serve_fail("cannot start: %s", strerror(-rc)) : 0;
}

/* ---- tokens and TLS -------------------------------------------------------------------------- */

static int open_security(struct running *r, const struct lsp_serve_config *c)
{
	char why[PATH_MAX + 256];
	struct lsp_serve *s = &r->serve;
	if (c->token_file && lsp_tokens_new(&s->tokens, c->token_file, why, sizeof(why)))
		return lsp_serve_fail("--token-file: %s", why);
	if (c->tls_cert && lsp_tls_new(&s->tls, c->tls_cert, c->tls_key, why, sizeof(why)))
		return lsp_serve_fail("%s", why);
	if (s->tls && lsp_tls_expires_s(s->tls) < time(NULL))
		(void)lsp_serve_fail(
			"--tls-cert: %s: has expired; clients will refuse it", c->tls_cert);
	return 0;
}

/* What cannot be read, or is no good, changes nothing. */
static void reread_security(struct lsp_serve *s)
{
	char why[PATH_MAX + 256];
	if (s->tokens && lsp_tokens_reload(s->tokens, why, sizeof(why)))
		(void)lsp_serve_fail("--token-file: %s; the tokens of before stay", why);
	if (s->tls && lsp_tls_reload(s->tls, why, sizeof(why)))
		(void)lsp_serve_fail("%s; the certificate of before stays", why);
}

static int open_forward(struct running *r, const struct lsp_serve_config *c)
{
	char why[PATH_MAX + 256];
	struct lsp_serve *s = &r->serve;
	if (c->forward.n_urls == 0)
		return 0;
	if (lsp_forward_new(&s->forward, &c->forward, c->data_dir, why, sizeof(why)))
		return lsp_serve_fail("--forward: %s", why);
	lsp_writer_set_tee(s->writer,
		&(struct lsp_writer_tee){ lsp_forward_begin, lsp_forward_end, s->forward });
	return 0;
}

/* Known only now that ports were chosen. */
static int judge_forward(const struct lsp_serve_config *c)
{
	for (size_t i = 0; i < c->forward.n_urls; i++) {
		const char *url = c->forward.urls[i];
		if ((c->has_otlp_http && lsp_forward_is_at(url, &c->otlp_http)) ||
			(c->has_http && lsp_forward_is_at(url, &c->http)))
			return lsp_serve_fail(
				"--forward: %s: is this sidecar itself; name another backend", url);
	}
	return 0;
}

static int open_spool(struct running *r, const struct lsp_serve_config *c)
{
	char dir[PATH_MAX] = "";
	int rc = lsp_spool_prepare(c->dir, dir, sizeof(dir));
	rc = rc ? rc
		: lsp_ring_intake_new(&r->serve.ring, dir, r->serve.store, r->serve.writer,
			  r->serve.twice, &r->serve.counters);
	switch (rc) {
	case 0:
		return 0;
	case -EBUSY:
		return lsp_serve_fail(
			"%s: another linespan serve reads this spool; stop it, or name another "
			"folder with --dir (here and for linespan run)",
			dir);
	case -EACCES:
		return lsp_serve_fail(
			"%s: this user may not read the spool; run as root, or name another folder "
			"with --dir (here and for linespan run)",
			dir);
	default:
		return lsp_serve_fail("%s: cannot be the spool: %s; name another folder with --dir",
			dir, strerror(-rc));
	}
}

/* What senders need comes first: it is all that the address for OTLP has. */
static const struct lsp_http_routes *const all_routes[] = { &lsp_routes_otlp, &lsp_routes_traces,
	&lsp_routes_logs, &lsp_routes_state, &lsp_routes_jaeger, &lsp_routes_compare,
	&lsp_routes_lint, &lsp_routes_web };
#define N_OTLP_ROUTES 1
#define N_ROUTES      (sizeof(all_routes) / sizeof(all_routes[0]))
static const struct lsp_http_routes *const zipkin_routes[] = { &lsp_routes_zipkin };

static int cannot_listen(const char *option, const struct lsp_address *address, int rc)
{
	char text[LSP_ADDRESS_CHARS];
	lsp_address_format(address, text);
	return lsp_serve_fail("--%s: cannot listen on %s: %s; stop what uses it, or name another "
			      "address (port 0 takes a free one)",
		option, text, strerror(-rc));
}

/* Listens at one address with the first n tables. */
static int listen_at(struct running *r, struct lsp_http_server **ret, const char *option,
	struct lsp_address *address, const struct lsp_http_routes *const *tables, size_t n_tables)
{
	struct lsp_http_config config = { .address = *address,
		.tables = tables,
		.n_tables = n_tables,
		.app = &r->serve,
		.max_body_bytes = r->serve.max_body_bytes,
		.pool = r->pool,
		.slow = &r->serve.queries,
		.tls = r->serve.tls,
		.tokens = r->serve.tokens,
		.counters = &r->serve.counters };
	int rc = lsp_http_server_new(ret, &config);
	if (rc)
		return cannot_listen(option, address, rc);
	*address = config.address;
	return 0;
}

static int open_grpc(struct running *r, struct lsp_serve_config *c)
{
	struct lsp_grpc_config config = { .address = c->otlp_grpc,
		.methods = &lsp_methods_otlp,
		.app = &r->serve,
		.max_body_bytes = c->max_body_bytes,
		.tls = r->serve.tls,
		.tokens = r->serve.tokens,
		.counters = &r->serve.counters };
	if (!c->has_otlp_grpc)
		return 0;
	int rc = lsp_grpc_server_new(&r->serve.otlp_grpc, &config);
	if (rc)
		return cannot_listen("otlp-grpc", &c->otlp_grpc, rc);
	c->otlp_grpc = config.address;
	return 0;
}

static int open_addresses(struct running *r, struct lsp_serve_config *c)
{
	r->serve.max_body_bytes = c->max_body_bytes;
	if (c->has_otlp_http &&
		listen_at(r, &r->otlp_http, "otlp-http", &c->otlp_http, all_routes, N_OTLP_ROUTES))
		return 1;
	if (open_grpc(r, c))
		return 1;
	if (c->has_http && listen_at(r, &r->http, "http", &c->http, all_routes, N_ROUTES))
		return 1;
	if (c->has_zipkin && listen_at(r, &r->zipkin, "zipkin", &c->zipkin, zipkin_routes, 1))
		return 1;
	return 0;
}

static int open_syslog(struct running *r, struct lsp_serve_config *c)
{
	struct lsp_syslog_config config = { .address = c->syslog,
		.has_address = c->has_syslog,
		.socket_path = c->syslog_socket,
		.writer = r->serve.writer,
		.twice = r->serve.twice,
		.counters = &r->serve.counters };
	char text[LSP_ADDRESS_CHARS];
	const char *what;
	if (!c->has_syslog && !c->syslog_socket)
		return 0;
	int rc = lsp_syslog_intake_new(&r->serve.syslog, &config, &what);
	lsp_address_format(&c->syslog, text);
	if (rc)
		return lsp_serve_fail("--%s: cannot listen at %s: %s; stop what uses it, or name "
				      "another one",
			what, strcmp(what, "syslog") == 0 ? text : c->syslog_socket, strerror(-rc));
	c->syslog = config.address;
	return 0;
}

static int open_tail(struct running *r, const struct lsp_serve_config *c)
{
	struct lsp_tail_config config = { .n_globs = c->n_tails,
		.data_dir = c->data_dir,
		.store = r->serve.store,
		.writer = r->serve.writer,
		.twice = r->serve.twice,
		.counters = &r->serve.counters };
	if (c->n_tails == 0)
		return 0;
	memcpy(config.globs, c->tails, sizeof(config.globs));
	int rc = lsp_tail_intake_new(&r->serve.tail, &config);
	return rc ? lsp_serve_fail("--tail: %s/tail.places: cannot keep places here: %s",
			    c->data_dir, strerror(-rc))
		  : 0;
}

static int open_journal(struct running *r, const struct lsp_serve_config *c)
{
	struct lsp_journal_config config = { .path = c->journal_path,
		.data_dir = c->data_dir,
		.retention_ns = c->retention_ns,
		.store = r->serve.store,
		.writer = r->serve.writer,
		.twice = r->serve.twice,
		.counters = &r->serve.counters };
	if (!c->has_journal)
		return 0;
	int rc = lsp_journal_intake_new(&r->serve.journal, &config);
	if (rc == -ENOPKG)
		return lsp_serve_fail("--journal: needs libsystemd (libsystemd.so.0), which is not "
				      "on this machine; install libsystemd0");
	if (rc)
		return lsp_serve_fail("--%s: cannot read %s: %s",
			c->journal_path ? "journal-path" : "journal",
			c->journal_path ? c->journal_path : "the journal", strerror(-rc));
	return 0;
}

static void say_ready(const struct lsp_serve_config *c)
{
	char text[LSP_ADDRESS_CHARS];
	if (c->has_otlp_http) {
		lsp_address_format(&c->otlp_http, text);
		printf("otlp-http=%s\n", text);
	}
	if (c->has_otlp_grpc) {
		lsp_address_format(&c->otlp_grpc, text);
		printf("otlp-grpc=%s\n", text);
	}
	if (c->has_http) {
		lsp_address_format(&c->http, text);
		printf("http=%s\n", text);
	}
	if (c->has_zipkin) {
		lsp_address_format(&c->zipkin, text);
		printf("zipkin=%s\n", text);
	}
	if (c->has_syslog) {
		lsp_address_format(&c->syslog, text);
		printf("syslog=%s\n", text);
	}
	if (c->syslog_socket)
		printf("syslog-socket=%s\n", c->syslog_socket);
	puts("ready");
	fflush(stdout);
}

/* ---- ending ---------------------------------------------------------------------------------- */

/* In this order: no new request is taken, those in flight are answered, rings are drained, all is
 * written, the store is closed. */
static void end_all(struct running *r)
{
	atomic_store(&r->ending, true);
	if (r->otlp_http)
		lsp_http_server_quiesce(r->otlp_http);
	if (r->http)
		lsp_http_server_quiesce(r->http);
	if (r->zipkin)
		lsp_http_server_quiesce(r->zipkin);
	if (r->serve.otlp_grpc)
		lsp_grpc_server_quiesce(r->serve.otlp_grpc);
	lsp_http_server_free(r->otlp_http, UPLOAD_WAIT_MS);
	lsp_http_server_free(r->http, UPLOAD_WAIT_MS);
	lsp_http_server_free(r->zipkin, UPLOAD_WAIT_MS);
	lsp_grpc_server_free(r->serve.otlp_grpc, UPLOAD_WAIT_MS);
	lsp_http_pool_free(r->pool);
	lsp_syslog_intake_free(r->serve.syslog);
	lsp_tail_intake_free(r->serve.tail);
	lsp_journal_intake_free(r->serve.journal);
	lsp_ring_intake_free(r->serve.ring);
	lsp_writer_free(r->serve.writer);
	lsp_forward_free(r->serve.forward, FORWARD_WAIT_MS);
	if (r->serve.store)
		lsp_store_free(r->serve.store);
	lsp_twice_free(r->serve.twice);
	lsp_resent_free(r->serve.resent);
	lsp_tls_free(r->serve.tls);
	lsp_tokens_free(r->serve.tokens);
}

/* Blocked before the first thread starts, so that all threads leave them to sigwait(). */
static void block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
	sigprocmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* systemd hears from us as long as all threads make progress; then it starts us anew. */
static void feed_watchdog(struct lsp_serve *s, uint64_t watchdog_ms)
{
	char why[256];
	if (!lsp_serve_is_stuck(s, watchdog_ms, why, sizeof(why)))
		lsp_notify("WATCHDOG=1");
	else
		(void)lsp_serve_fail("%s", why);
}

/* SIGHUP says "read your files again" to a service; a terminal that goes says it to end what was
 * started in it. */
static void wait_for_end(struct lsp_serve *s, const sigset_t *signals, bool has_terminal)
{
	uint64_t watchdog_ms = lsp_notify_watchdog_ms(), step_ms = watchdog_ms / 3 + 1;
	const struct timespec step = { (time_t)(step_ms / 1000), (long)(step_ms % 1000) * 1000000 };
	for (;;) {
		int got = watchdog_ms ? sigtimedwait(signals, NULL, &step)
				      : sigwaitinfo(signals, NULL);
		if (watchdog_ms)
			feed_watchdog(s, watchdog_ms);
		if (got == SIGHUP && (!has_terminal || s->tls || s->tokens))
			reread_security(s);
		else if (got > 0)
			return;
	}
}

int lsp_cmd_serve(int argc, char **argv)
{
	static struct lsp_serve_config config;
	struct running *r;
	sigset_t signals;
	/* Asked before it can have gone. */
	bool has_terminal = isatty(STDERR_FILENO) == 1;
	int status;
	if (lsp_serve_options(&config, argc, argv, &status))
		return status;
	r = calloc(1, sizeof(*r));
	if (!r)
		return lsp_serve_fail("no memory");
	block_signals(&signals);
	status = open_security(r, &config);
	status = status ? status : open_store(r, &config);
	status = status ? status : open_forward(r, &config);
	status = status ? status : open_spool(r, &config);
	status = status ? status : open_addresses(r, &config);
	status = status ? status : judge_forward(&config);
	status = status ? status : open_syslog(r, &config);
	status = status ? status : open_tail(r, &config);
	status = status ? status : open_journal(r, &config);
	if (status == 0) {
		say_ready(&config);
		lsp_notify("READY=1");
		wait_for_end(&r->serve, &signals, has_terminal);
		lsp_notify("STOPPING=1");
		/* Whoever asks twice does not want to wait. */
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
	}
	end_all(r);
	free(r);
	return status;
}
