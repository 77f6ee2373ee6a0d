#include "sidecar/client.h"
#include "sidecar/client_http.h"
#include "lib/wire/otlp_json.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ID "4bf92f3577b34da6a3ce929d0e0e4736"

/* ---- a server of canned answers: a child process, one connection for each answer ---- */

static char server[64];
static int requests[2]; /* the first line of each request comes out here */

static void serve(const char *const *answers, size_t n)
{
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	cr_assert_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(listener, 8), 0);
	getsockname(listener, (struct sockaddr *)&at, &len);
	snprintf(server, sizeof(server), "http://127.0.0.1:%d/", ntohs(at.sin_port));
	cr_assert_eq(pipe(requests), 0);
	if (fork() == 0) {
		for (size_t i = 0; i < n; i++) {
			char request[4096];
			int fd = accept(listener, NULL, NULL);
			ssize_t got = read(fd, request, sizeof(request));
			char *newline = got > 0 ? memchr(request, '\n', (size_t)got) : NULL;
			if (newline && write(requests[1], request, (size_t)(newline - request)) < 0)
				_exit(1);
			if (write(fd, answers[i], strlen(answers[i])) < 0)
				_exit(1);
			close(fd);
		}
		_exit(0);
	}
	close(listener);
}

#define HEAD(status) "HTTP/1.1 " status "\r\nConnection: close\r\n\r\n"

Test(client, says_what_the_server_answered, .timeout = 20)
{
	static const struct {
		const char *answer;
		int rc;
		const char *why;
	} cases[] = {
		{ HEAD("200 OK") "{\"a\":1}", 0, "" },
		{ HEAD("404 Not Found") "{\"error\":{\"code\":404,\"message\":\"no trace\"}}",
			-ENOENT, "no trace" },
		{ HEAD("404 Not Found") "<html>", -EIO, "no answer of a linespan sidecar" },
		{ HEAD("400 Bad") "{\"error\":{\"code\":400,\"message\":\"bad id\"}}", -EINVAL,
			"bad id" },
		{ HEAD("500 Oops") "", -EIO, "HTTP status 500" },
		{ HEAD("200 OK") "not json", -EIO, "no answer of a linespan sidecar" },
		{ HEAD("302 Found") "{}", -EIO, "HTTP status 302" },
		{ "", -ECONNREFUSED, "linespan serve" },
		{ "garbage\n\n", -ECONNREFUSED, "--data DIR" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"cut\":", -ECONNREFUSED,
			"no sidecar reached" },
	};
	const char *answers[sizeof(cases) / sizeof(cases[0])];
	size_t n = sizeof(cases) / sizeof(cases[0]);
	for (size_t i = 0; i < n; i++)
		answers[i] = cases[i].answer;
	serve(answers, n);
	struct lsp_http_peer peer = { .server = server };
	for (size_t i = 0; i < n; i++) {
		char why[512] = "";
		json_t *json = NULL;
		int rc = lsp_http_get_json(&peer, "/x", &json, why, sizeof(why));
		cr_expect_eq(rc, cases[i].rc, "case %zu: %d %s", i, rc, why);
		cr_expect(strstr(why, cases[i].why), "case %zu: %s", i, why);
		cr_expect_eq(rc == 0, json != NULL);
		json_decref(json);
	}
	lsp_http_close(&peer);
}

Test(client, escapes_parameters)
{
	struct lsp_buf path;
	lsp_buf_init(&path, 256);
	lsp_buf_add_text(&path, "/api");
	cr_assert_eq(lsp_http_add_parameter(&path, "text", "a b&c=d/ü%"), 0);
	cr_assert_eq(lsp_http_add_parameter(&path, "n", "-._~9zZ"), 0);
	cr_expect_str_eq(path.at, "/api?text=a%20b%26c%3Dd%2F%C3%BC%25&n=-._~9zZ");
	lsp_buf_release(&path);
}

static int count_log(void *arg, const struct lsp_log *log)
{
	cr_expect_str_eq(log->body, "hello");
	return ++*(int *)arg == 2;
}

Test(client, asks_for_logs_with_every_filter, .timeout = 20)
{
	static const char *const answers[] = {
		HEAD("200 OK") "{\"logs\":["
			       "{\"body\":\"hello\"},{\"body\":\"hello\"},{\"body\":\"hello\"}],"
			       "\"last_row\":\"77\"}",
		HEAD("200 OK") "{\"nothing\":1}"
	};
	serve(answers, 2);
	struct lsp_trace_key key;
	struct lsp_client c = { .server = server };
	lsp_trace_key_parse(&key, lsp_slice_of(ID));
	struct lsp_log_query q = { .service = "a b",
		.min_severity = 13,
		.text = "x&y",
		.trace = &key,
		.no_trace = true,
		.since_ns = 1500000000,
		.until_ns = 2000000001,
		.after_row = 5,
		.limit = 10 };
	uint64_t row = 0;
	int seen = 0;
	lsp_attrs_add_text(&q.attrs, "k=v w", '=');
	lsp_attrs_add_text(&q.attrs, "a&b==", '=');
	cr_assert_eq(lsp_client_open(&c), 0);
	cr_assert_eq(lsp_client_logs(&c, &q, count_log, &seen, &row), 0);
	cr_expect_eq(seen, 2, "a non-zero answer stops");
	cr_expect_eq(row, 77);
	char request[512] = "";
	cr_assert_gt(read(requests[0], request, sizeof(request) - 1), 0);
	cr_expect_str_eq(request,
		"GET "
		"/api/v1/"
		"logs?service=a%20b&severity=WARN&text=x%26y&attr=k%3Dv%20w&attr=a%26b%3D%3D&"
		"trace=" ID
		"&no-trace=true&since=1.500000000&until=2.000000001&after_row=5&limit=10 "
		"HTTP/1.1\r");
	cr_expect_eq(lsp_client_logs(&c, &q, count_log, &seen, &row), -EBADMSG);
	cr_expect(strstr(c.why, "not what a linespan sidecar sends"), "%s", c.why);
	lsp_client_close(&c);
}

/* ---- a store's own files ---- */

static char data_dir[] = "/tmp/linespan-client-XXXXXX";

static void fill_store(void)
{
	static const char spans[] =
		"{\"resourceSpans\":[{\"resource\":{\"attributes\":["
		"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},\"scopeSpans\":["
		"{\"spans\":[{\"traceId\":\"" ID "\",\"spanId\":\"00f067aa0ba902b7\","
		"\"name\":\"GET /\",\"kind\":2,\"startTimeUnixNano\":\"1700000000000000000\","
		"\"endTimeUnixNano\":\"1700000000005000000\"}]}]}]}";
	static const char logs[] =
		"{\"resourceLogs\":[{\"resource\":{\"attributes\":["
		"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}}]},\"scopeLogs\":["
		"{\"logRecords\":[{\"traceId\":\"" ID "\",\"spanId\":\"00f067aa0ba902b7\","
		"\"timeUnixNano\":\"1700000000001000000\",\"severityNumber\":9,"
		"\"body\":{\"stringValue\":\"hello\"}}]}]}]}";
	struct lsp_store_config config = { .data_dir = data_dir };
	struct lsp_otlp_result result = { 0 };
	struct lsp_store *store;
	struct lsp_batch batch;
	char why[LSP_STORE_WHY_BYTES];
	cr_assert(mkdtemp(data_dir));
	cr_assert_eq(lsp_store_open(&store, &config, why), 0, "%s", why);
	lsp_batch_init(&batch);
	cr_assert_eq(lsp_otlp_json_traces(&batch, lsp_slice_of(spans), &result), 0);
	cr_assert_eq(lsp_otlp_json_logs(&batch, lsp_slice_of(logs), &result), 0);
	cr_assert_eq(lsp_store_write(store, &batch), 0);
	lsp_batch_release(&batch);
	lsp_store_free(store);
}

Test(client, reads_a_store_without_a_sidecar)
{
	fill_store();
	struct lsp_client c = { .data = data_dir };
	struct lsp_trace_key key;
	struct lsp_trace *trace = NULL;
	struct lsp_term term = { .columns = 80 };
	struct lsp_buf out;
	cr_assert_eq(lsp_client_open(&c), 0, "%s", c.why);
	cr_assert_eq(lsp_trace_key_parse(&key, lsp_slice_of("a3ce929d0e0e4736")), 0);
	cr_assert_eq(lsp_client_trace(&c, &key, &trace), 0, "%s", c.why);
	cr_expect_eq(trace->n_spans, 1);
	cr_expect_eq(trace->n_logs, 1);
	lsp_trace_free(trace);
	lsp_buf_init(&out, 65536);
	cr_assert_eq(lsp_client_trace_json(&c, &key, &out), 0, "%s", c.why);
	json_t *json = json_loads(out.at, 0, NULL);
	cr_expect_str_eq(json_string_value(json_object_get(json, "trace_id")), ID);
	json_decref(json);
	lsp_buf_clear(&out);
	cr_assert_eq(lsp_client_trace_text(&c, &key, &term, &out), 0, "%s", c.why);
	cr_expect(strstr(out.at, "shop GET /"), "%s", out.at);
	lsp_buf_release(&out);
	struct lsp_log_query q = { .service = "shop" };
	int seen = 0;
	uint64_t row = 0;
	cr_expect_eq(lsp_client_logs(&c, &q, count_log, &seen, &row), 0, "%s", c.why);
	cr_expect_eq(seen, 1);
	cr_expect_gt(row, 0);
	key.low++;
	c.asked = "1180123456789012345";
	cr_expect_eq(lsp_client_trace(&c, &key, &trace), -ENOENT);
	cr_expect(strstr(c.why, "nothing is known of this trace"), "%s", c.why);
	cr_expect(strstr(c.why, "was read as a decimal id"), "%s", c.why);
	lsp_client_close(&c);
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", data_dir);
	cr_assert_eq(system(command), 0);
}

Test(client, wants_one_way_and_not_two)
{
	struct lsp_client both = { .server = "http://x", .data = "/tmp" };
	cr_expect_eq(lsp_client_open(&both), -EINVAL);
	cr_expect(strstr(both.why, "not both"));
	struct lsp_client none = { .data = "/nonexistent/linespan" };
	cr_expect_lt(lsp_client_open(&none), 0);
	cr_expect(strstr(none.why, "/nonexistent/linespan"), "%s", none.why);
	lsp_client_close(&none);
	setenv("LINESPAN_SERVER", "http://there:1", 1);
	struct lsp_client env = { 0 };
	cr_expect_eq(lsp_client_open(&env), 0);
	cr_expect_str_eq(env.server, "http://there:1");
	setenv("LINESPAN_SERVER", "", 1);
	struct lsp_client plain = { 0 };
	cr_expect_eq(lsp_client_open(&plain), 0);
	cr_expect_str_eq(plain.server, LSP_HTTP_SERVER);
}
