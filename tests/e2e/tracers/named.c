/* A tracer whose spans have attributes: their values by number in the thread's record, their names
 * in the process context, to which one is added later. Logs a line at each step, and dies. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((visibility("default"))) __thread void *otel_thread_ctx_v1;
static __thread unsigned char record[640] __attribute__((aligned(2)));

static struct {
	char signature[8];
	uint32_t version, payload_bytes;
	volatile uint64_t published_ns;
	uint64_t payload;
} * mapping;
static char payload[256];

/* A protobuf field of bytes in front of what is there: at most 127 of them. */
static size_t wrap(int number, size_t n)
{
	memmove(payload + 2, payload, n);
	payload[0] = (char)(number << 3 | 2);
	payload[1] = (char)n;
	return n + 2;
}

static size_t prepend(const char *bytes, size_t at, size_t n)
{
	memmove(payload + at, payload, n);
	memcpy(payload, bytes, at);
	return n + at;
}

static void tell_names(const char *first, const char *second)
{
	static const char key[] = "\x0a\x1dthreadlocal.attribute_key_map";
	char one[64];
	size_t n = 0;

	mapping->published_ns = 0;
	if (second)
		n = prepend(one,
			(size_t)sprintf(one, "\x0a%c\x0a%c%s", (int)strlen(second) + 2,
				(int)strlen(second), second),
			n);
	n = prepend(one,
		(size_t)sprintf(
			one, "\x0a%c\x0a%c%s", (int)strlen(first) + 2, (int)strlen(first), first),
		n);
	n = wrap(5, n);
	n = wrap(2, n);
	n = prepend(key, sizeof(key) - 1, n);
	n = wrap(2, n);
	mapping->payload = (uint64_t)(uintptr_t)payload;
	mapping->payload_bytes = (uint32_t)n;
	mapping->published_ns = 1;
	prctl(0x53564d41 /* PR_SET_VMA */, 0, mapping, 4096, "OTEL_CTX");
}

static void begin_span(void)
{
	static const char attrs[] = "\0\4/pay\1\3ada\2\1x\0\4/pub";
	volatile unsigned char *valid = &record[24];
	uint16_t n = sizeof(attrs) - 1;

	*valid = 0;
	memset(record, 0xa5, 16);
	memset(record + 16, 0x22, 8);
	record[25] = 1;
	memcpy(record + 26, &n, sizeof(n));
	memcpy(record + 28, attrs, n);
	*valid = 1;
	otel_thread_ctx_v1 = record;
}

int main(void)
{
	mapping = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(mapping->signature, "OTEL_CTX", 8);
	mapping->version = 2;
	begin_span();
	fprintf(stderr, "no names\n");
	tell_names("http.route", NULL);
	fprintf(stderr, "one name\n");
	tell_names("http.route", "user.id");
	fprintf(stderr, "two names\n");
	otel_thread_ctx_v1 = NULL;
	fprintf(stderr, "outside\n");
	otel_thread_ctx_v1 = record;
	if (fork() == 0) {
		fprintf(stderr, "a child\n");
		_exit(0);
	}
	wait(NULL);
	abort();
}
