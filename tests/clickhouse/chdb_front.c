/* Test only: the current ClickHouse engine (libchdb.so, in this process) behind as much of its HTTP
 * interface as the store uses: POST, the statement in ?query= with an insert's rows as the body, or
 * in the body; &database=; an error is status 500 with the engine's own text.
 *
 *   chdb_front LIBCHDB DATA_DIR [PORT]     prints "port=N", ends with standard input */
#include <dlfcn.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct chdb_result;
static struct {
	void **(*connect)(int argc, char **argv);
	struct chdb_result *(*query_n)(
		void *conn, const char *sql, size_t n, const char *format, size_t format_n);
	char *(*buffer)(struct chdb_result *r);
	size_t (*length)(struct chdb_result *r);
	const char *(*error)(struct chdb_result *r);
	void (*destroy)(struct chdb_result *r);
} chdb;
static void *conn;
static char body_path[4096]; /* where an insert's rows lie for the engine */
static char database[128]; /* that the engine uses now */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* one query at a time */

static void *symbol(void *lib, const char *name)
{
	void *at = dlsym(lib, name);

	if (!at) {
		fprintf(stderr, "chdb_front: no %s\n", name);
		exit(1);
	}
	return at;
}

static void open_engine(const char *path, const char *dir)
{
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	char arg[4096], *argv[] = { "clickhouse", arg };
	void **made;

	if (!lib) {
		fprintf(stderr, "chdb_front: %s\n", dlerror());
		exit(1);
	}
	*(void **)&chdb.connect = symbol(lib, "chdb_connect");
	*(void **)&chdb.query_n = symbol(lib, "chdb_query_n");
	*(void **)&chdb.buffer = symbol(lib, "chdb_result_buffer");
	*(void **)&chdb.length = symbol(lib, "chdb_result_length");
	*(void **)&chdb.error = symbol(lib, "chdb_result_error");
	*(void **)&chdb.destroy = symbol(lib, "chdb_destroy_query_result");
	snprintf(arg, sizeof(arg), "--path=%s", dir);
	made = chdb.connect(2, argv);
	if (!made || !*made) {
		fprintf(stderr, "chdb_front: cannot open %s\n", dir);
		exit(1);
	}
	conn = *made;
}

struct upload {
	char *at;
	size_t len, cap;
};

static enum MHD_Result reply(struct MHD_Connection *c, unsigned status, const char *at, size_t n)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(n, (void *)at, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_queue_response(c, status, r);

	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result run(struct MHD_Connection *c, const char *sql, size_t n)
{
	struct chdb_result *r = chdb.query_n(conn, sql, n, "TabSeparated", 12);
	const char *error = r ? chdb.error(r) : "no result";
	enum MHD_Result rc;

	if (error && *error)
		rc = reply(c, 500, error, strlen(error));
	else
		rc = reply(c, 200, chdb.buffer(r), chdb.length(r));
	if (r)
		chdb.destroy(r);
	return rc;
}

static void use(const char *name)
{
	char sql[256];
	struct chdb_result *r;

	if (!name || strcmp(name, database) == 0)
		return;
	snprintf(sql, sizeof(sql), "USE %s", name);
	r = chdb.query_n(conn, sql, strlen(sql), "TabSeparated", 12);
	if (r && !(chdb.error(r) && *chdb.error(r)))
		snprintf(database, sizeof(database), "%s", name);
	if (r)
		chdb.destroy(r);
}

/* Settings of the request, as a SETTINGS clause an insert takes. */
static enum MHD_Result add_setting(
	void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	char *out = arg;
	size_t n = strlen(out);

	(void)kind;
	if (strcmp(key, "query") == 0 || strcmp(key, "database") == 0 || !value)
		return MHD_YES;
	snprintf(out + n, 2048 - n, "%s%s='%s'", n ? ", " : " SETTINGS ", key, value);
	return MHD_YES;
}

/* Rows in the statement itself would end at the first newline, so they go by a file:
 * INSERT INTO t (…) FROM INFILE '…' SETTINGS … FORMAT RowBinary. */
static enum MHD_Result insert(struct MHD_Connection *c, const char *query, const struct upload *u)
{
	const char *format = strstr(query, " FORMAT ");
	char settings[2048] = "", sql[16384];
	FILE *f = fopen(body_path, "w");
	int n;

	if (!f || !format || fwrite(u->at, 1, u->len, f) != u->len || fclose(f))
		return reply(c, 500, "front", 5);
	MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_setting, settings);
	n = snprintf(sql, sizeof(sql), "%.*s FROM INFILE '%s'%s%s", (int)(format - query), query,
		body_path, settings, format);
	return run(c, sql, (size_t)n);
}

static enum MHD_Result answer(struct MHD_Connection *c, const struct upload *u)
{
	const char *query = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "query");
	enum MHD_Result rc;

	pthread_mutex_lock(&lock);
	use(MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "database"));
	rc = query ? insert(c, query, u) : run(c, u->at ? u->at : "", u->len);
	pthread_mutex_unlock(&lock);
	return rc;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *n, void **state)
{
	struct upload *u = *state;

	(void)arg, (void)url, (void)version;
	if (!u) {
		*state = calloc(1, sizeof(struct upload));
		return *state ? MHD_YES : MHD_NO;
	}
	if (*n) {
		if (u->len + *n > u->cap) {
			u->cap = (u->len + *n) * 2;
			u->at = realloc(u->at, u->cap);
		}
		memcpy(u->at + u->len, data, *n);
		u->len += *n;
		*n = 0;
		return MHD_YES;
	}
	return strcmp(method, "POST") == 0 ? answer(c, u) : reply(c, 200, "Ok.\n", 4);
}

static void done(
	void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct upload *u = *state;

	(void)arg, (void)c, (void)code;
	if (u)
		free(u->at);
	free(u);
}

int main(int argc, char **argv)
{
	struct MHD_Daemon *d;
	char byte;

	if (argc < 3) {
		fprintf(stderr, "usage: chdb_front LIBCHDB DATA_DIR [PORT]\n");
		return 2;
	}
	snprintf(body_path, sizeof(body_path), "%s.body", argv[2]);
	open_engine(argv[1], argv[2]);
	d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION,
		(unsigned short)(argc > 3 ? atoi(argv[3]) : 0), NULL, NULL, handle, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
	if (!d) {
		fprintf(stderr, "chdb_front: cannot listen\n");
		return 1;
	}
	printf("port=%u\n", MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	_exit(0);
}
