/* The shop's checkout: takes an order over HTTP, puts it in the queue with the headers it came
 * with, waits until it is paid for. A thread per connection, logs to a file, audits by syslog.
 *
 * usage: checkout PORT REDIS_SOCKET LOG_FILE */
#include "redis.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX  (32 * 1024)
#define JOB_MAX      (80 * 1024)
#define WAIT_SECONDS 10

struct request {
	char bytes[REQUEST_MAX + 1];
	char *headers; /* after the first line; lines end with \r\n */
	char *body;
	size_t body_bytes;
};

static const char *queue_path;
static FILE *log_file;

__attribute__((format(printf, 2, 3))) static void note(const char *level, const char *format, ...)
{
	char text[1024], when[32];
	time_t now = time(NULL);
	struct tm parts;
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime_r(&now, &parts));
	fprintf(log_file, "%s %s checkout: %s\n", when, level, text);
	fflush(log_file);
}

static size_t content_length(const char *headers)
{
	const char *found = strcasestr(headers, "\r\ncontent-length:");
	return found ? strtoul(found + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* Reads one request. Returns 0, or -1 when the client is gone or says too much. */
static int read_request(int fd, struct request *r)
{
	size_t n = 0, want = 0;
	char *end = NULL;
	while (!end || n < want) {
		ssize_t got = n < REQUEST_MAX ? read(fd, r->bytes + n, REQUEST_MAX - n) : 0;
		if (got <= 0)
			return -1;
		n += (size_t)got;
		r->bytes[n] = '\0';
		if (!end && (end = strstr(r->bytes, "\r\n\r\n"))) {
			r->body = end + 4;
			r->body_bytes = content_length(r->bytes);
			want = (size_t)(r->body - r->bytes) + r->body_bytes;
			if (want > REQUEST_MAX)
				return -1;
		}
	}
	r->body[-2] = '\0'; /* the last header keeps its \r\n */
	r->bytes[want] = '\0';
	r->headers = strstr(r->bytes, "\r\n") + 2;
	return 0;
}

/* Writes a text as a JSON string. */
static void put_string(FILE *out, const char *text, size_t n)
{
	putc('"', out);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

/* The job: {"headers":{…},"body":…}, header names in lower case. */
static void make_job(const struct request *r, char *job, size_t size)
{
	const char *line = r->headers, *comma = "";
	FILE *out = fmemopen(job, size, "w");
	fputs("{\"headers\":{", out);
	while (*line) {
		char name[128] = "";
		const char *end = strstr(line, "\r\n");
		const char *colon = memchr(line, ':', (size_t)(end - line));
		if (colon && (size_t)(colon - line) < sizeof(name)) {
			for (int i = 0; line + i < colon; i++)
				name[i] = (char)tolower((unsigned char)line[i]);
			const char *value = colon + 1 + strspn(colon + 1, " ");
			fputs(comma, out);
			put_string(out, name, strlen(name));
			putc(':', out);
			put_string(out, value, (size_t)(end - value));
			comma = ",";
		}
		line = end + 2;
	}
	fprintf(out, "},\"body\":%s}", r->body_bytes ? r->body : "null");
	fclose(out);
}

static void order_name(const struct request *r, char *name, size_t size)
{
	const char *at = strstr(r->body, "\"order\":\"");
	size_t n = 0;
	if (at)
		for (at += strlen("\"order\":\""); isalnum((unsigned char)at[n]) && n + 1 < size;
			n++)
			name[n] = at[n];
	name[n] = '\0';
}

/* Queues the order and waits for it. Returns the HTTP status to answer with. */
static int handle_order(const struct request *r)
{
	static __thread char job[JOB_MAX];
	char order[64], list[80], result[64] = "no answer";
	order_name(r, order, sizeof(order));
	if (!order[0]) {
		note("WARN", "an order without a name");
		return 400;
	}
	int queue = redis_open(queue_path);
	if (queue < 0) {
		note("ERROR", "order %s: no queue: %s", order, strerror(errno));
		return 503;
	}
	make_job(r, job, sizeof(job));
	snprintf(list, sizeof(list), "done:%s", order);
	note("INFO", "order %s: queued", order);
	int failed = redis_push(queue, "orders", job) ||
		     redis_take(queue, list, WAIT_SECONDS, result, sizeof(result));
	close(queue);
	if (failed || strcmp(result, "200") != 0) {
		note("ERROR", "order %s: payment failed: %s", order, result);
		fprintf(stderr, "checkout: order %s is lost\n", order);
		return 502;
	}
	note("INFO", "order %s: paid", order);
	syslog(LOG_INFO, "order %s was sold", order);
	return 200;
}

static void answer(int fd, int status)
{
	char text[256];
	const char *body = status == 200 ? "{\"ok\":true}\n" : "{\"ok\":false}\n";
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n%s",
		status, status == 200 ? "OK" : "Failed", strlen(body), body);
	if (send(fd, text, (size_t)n, MSG_NOSIGNAL) < 0)
		note("WARN", "the client is gone: %s", strerror(errno));
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct request *r = malloc(sizeof(*r));
	if (r && read_request(fd, r) == 0)
		answer(fd, handle_order(r));
	free(r);
	close(fd);
	return NULL;
}

static int listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 128))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: checkout PORT REDIS_SOCKET LOG_FILE\n");
		return 2;
	}
	queue_path = argv[2];
	log_file = fopen(argv[3], "a");
	int listener = listen_on(atoi(argv[1]));
	if (!log_file || listener < 0) {
		perror("checkout");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	openlog("checkout", LOG_PID, LOG_USER);
	note("INFO", "takes orders");
	for (;;) {
		pthread_t thread;
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd)) {
			close(fd);
			continue;
		}
		pthread_detach(thread);
	}
}
