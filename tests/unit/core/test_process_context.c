#include "lib/core/process_context.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* KeyValue{1 key, 2 AnyValue{1 string}} in Resource{1 …}, in ProcessContext{1 …}. */
#define SERVICE                                                                                    \
	"\x0a\x1c\x0a\x1a\x0a\x0cservice.name\x12\x0a\x0a\x08"                                     \
	"checkout"
#define OTHER                                                                                      \
	"\x0a\x10\x0a\x0e\x0a\x04host\x12\x06\x0a\x04"                                             \
	"node"

static const struct {
	const char *what, *bytes;
	size_t n;
	const char *service; /* NULL: none */
} cases[] = {
#define CASE(what, bytes, service)                                                                 \
	{                                                                                          \
		what, bytes, sizeof(bytes) - 1, service                                            \
	}
	CASE("the name", SERVICE, "checkout"),
	CASE("attributes of the context are not the resource's",
		"\x12\x1a\x0a\x0cservice.name\x12\x0a\x0a\x08"
		"checkout",
		NULL),
	CASE("behind another attribute",
		"\x0a\x2c\x0a\x0e\x0a\x04host\x12\x06\x0a\x04"
		"node"
		"\x0a\x1a\x0a\x0cservice.name\x12\x0a\x0a\x08"
		"checkout",
		"checkout"),
	CASE("behind fields that nobody knows",
		"\x18\x96\x01\x21"
		"12345678"
		"\x2d"
		"1234" SERVICE,
		"checkout"),
	CASE("value before key",
		"\x0a\x1c\x0a\x1a\x12\x0a\x0a\x08"
		"checkout\x0a\x0cservice.name",
		"checkout"),
	CASE("another attribute only", OTHER, NULL),
	CASE("nothing", "", NULL),
	CASE("an empty name", "\x0a\x14\x0a\x12\x0a\x0cservice.name\x12\x02\x0a\x00", NULL),
	CASE("a number", "\x0a\x14\x0a\x12\x0a\x0cservice.name\x12\x02\x18\x05", NULL),
	CASE("a NUL in it", "\x0a\x15\x0a\x13\x0a\x0cservice.name\x12\x03\x0a\x01\x00", NULL),
	CASE("a longer key",
		"\x0a\x1d\x0a\x1b\x0a\x0dservice.names\x12\x0a\x0a\x08"
		"checkout",
		NULL),
	CASE("a length beyond the end: what is there",
		"\x0a\x7f\x0a\x1a\x0a\x0cservice.name\x12\x0a\x0a\x08"
		"checkout",
		"checkout"),
	CASE("a tag that never ends", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", NULL),
	CASE("a group", "\x0b" SERVICE, NULL),
	CASE("half a tag", "\x8a", NULL),
};

Test(process_context, names_the_service)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char got[LSP_PROCESS_SERVICE_BYTES] = "untouched";
		int rc = lsp_process_context_service(cases[i].bytes, cases[i].n, got);
		cr_expect_eq(rc, cases[i].service ? 0 : -ENODATA, "%s: %d", cases[i].what, rc);
		cr_expect_str_eq(got, cases[i].service ? cases[i].service : "untouched", "%s",
			cases[i].what);
	}
}

Test(process_context, every_prefix_of_a_payload_is_harmless)
{
	for (size_t n = 0; n < sizeof(SERVICE); n++) {
		char exact[sizeof(SERVICE)], got[LSP_PROCESS_SERVICE_BYTES];
		memcpy(exact, SERVICE, n);
		(void)lsp_process_context_service(exact, n, got);
	}
}

struct mapping {
	char signature[8];
	uint32_t version, payload_bytes;
	uint64_t published_ns, payload;
};

static struct mapping good(void)
{
	struct mapping m = { .version = 2,
		.payload_bytes = sizeof(SERVICE) - 1,
		.published_ns = 5,
		.payload = (uint64_t)(uintptr_t)SERVICE };
	memcpy(m.signature, "OTEL_CTX", 8);
	return m;
}

#define KEY_MAP "threadlocal.attribute_key_map"

/* In field 2: KeyValue{1 key, 2 AnyValue{5 ArrayValue{1 AnyValue{1 string}…}}}. */
#define KEYS                                                                                       \
	"\x12\x37\x0a\x1d" KEY_MAP                                                                 \
	"\x12\x16\x2a\x14\x0a\x07\x0a\x05route\x0a\x02\x18\x05\x0a\x05\x0a\x03"                    \
	"job"

static const struct {
	const char *what, *bytes;
	size_t n;
	int count; /* -1: no names */
	const char *first, *last; /* the first and the last one's name */
} maps[] = {
#define MAP(what, bytes, count, first, last)                                                       \
	{                                                                                          \
		what, bytes, sizeof(bytes) - 1, count, first, last                                 \
	}
	MAP("of the context; what is no string has its number", KEYS, 3, "route", "job"),
	MAP("behind the resource", SERVICE KEYS, 3, "route", "job"),
	MAP("of the resource, as old writers have it",
		"\x0a\x2e\x0a\x2c\x0a\x1d" KEY_MAP "\x12\x0b\x2a\x09\x0a\x07\x0a\x05route", 1,
		"route", "route"),
	MAP("an empty one", "\x12\x23\x0a\x1d" KEY_MAP "\x12\x02\x2a\x00", 0, NULL, NULL),
	MAP("none", SERVICE, -1, NULL, NULL),
	MAP("no array", "\x12\x24\x0a\x1d" KEY_MAP "\x12\x03\x0a\x01x", -1, NULL, NULL),
	MAP("the last name is cut off",
		"\x12\x37\x0a\x1d" KEY_MAP
		"\x12\x16\x2a\x14\x0a\x07\x0a\x05route\x0a\x05\x0a\x03jo",
		1, "route", "route"),
	MAP("a name longer than its value",
		"\x12\x2e\x0a\x1d" KEY_MAP "\x12\x0d\x2a\x0b\x0a\x03\x0a\x09r\x0a\x04\x0a\x02"
		"ab",
		2, "", "ab"),
};

Test(process_context, names_the_attributes_of_threads)
{
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct lsp_attr_keys got = { .n = 77 };
		int rc = lsp_process_context_keys(maps[i].bytes, maps[i].n, &got);
		cr_expect_eq(rc, maps[i].count < 0 ? -ENODATA : 0, "%s: %d", maps[i].what, rc);
		cr_expect_eq(got.n, maps[i].count < 0 ? 77 : maps[i].count, "%s: %d", maps[i].what,
			got.n);
		if (maps[i].count <= 0)
			continue;
		cr_expect_str_eq(got.text + got.at[0], maps[i].first, "%s", maps[i].what);
		cr_expect_str_eq(got.text + got.at[got.n - 1], maps[i].last, "%s", maps[i].what);
	}
}

Test(process_context, every_prefix_of_the_names_is_harmless)
{
	for (size_t n = 0; n < sizeof(KEYS); n++) {
		struct lsp_attr_keys got;
		char *exact = malloc(n + 1);
		memcpy(exact + 1, KEYS, n);
		(void)lsp_process_context_keys(exact + 1, n, &got);
		free(exact);
	}
}

Test(process_context, is_read_from_a_mapping)
{
	char got[64];
	struct mapping m = good();
	errno = 77;
	cr_expect_eq(
		lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), sizeof(SERVICE) - 1);
	cr_expect_arr_eq(got, SERVICE, sizeof(SERVICE) - 1);
	cr_expect_eq(errno, 77);
}

Test(process_context, what_is_none_or_not_ready_is_left)
{
	char got[64];
	struct mapping m = good();
	m.published_ns = 0;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EAGAIN);
	m = good();
	m.version = 3;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EBADMSG);
	m = good();
	m.signature[0] = 'X';
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EBADMSG);
	m = good();
	m.payload = 16;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EBADMSG);
	m = good();
	m.payload = UINT64_MAX - 3;
	m.payload_bytes = UINT32_MAX;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EBADMSG);
	m = good();
	m.payload_bytes = sizeof(got) + 1;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), -EBADMSG);
	m.payload_bytes = 0;
	m.payload = 0;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got, sizeof(got)), 0);
	cr_expect_eq(lsp_process_context_read(16, got, sizeof(got)), -EBADMSG);
	cr_expect_eq(lsp_process_context_read(0, got, sizeof(got)), -EBADMSG);
}

Test(process_context, a_payload_of_many_pages_is_read_whole)
{
	static char from[LSP_PROCESS_PAYLOAD_BYTES], to[LSP_PROCESS_PAYLOAD_BYTES];
	struct mapping m = good();
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (char)(i * 7 + i / 4096);
	m.payload = (uint64_t)(uintptr_t)from;
	m.payload_bytes = sizeof(from);
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, to, sizeof(to)), sizeof(from));
	cr_expect_arr_eq(from, to, sizeof(from));
}
