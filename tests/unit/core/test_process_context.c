#include "lib/core/process_context.h"

#include <criterion/criterion.h>
#include <errno.h>
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

Test(process_context, is_read_from_a_mapping)
{
	char got[LSP_PROCESS_SERVICE_BYTES] = "untouched";
	struct mapping m = good();
	errno = 77;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), 0);
	cr_expect_str_eq(got, "checkout");
	cr_expect_eq(errno, 77);
}

Test(process_context, what_is_none_or_not_ready_is_left)
{
	char got[LSP_PROCESS_SERVICE_BYTES] = "untouched";
	struct mapping m = good();
	m.published_ns = 0;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), -EAGAIN);
	m = good();
	m.version = 3;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), -EBADMSG);
	m = good();
	m.signature[0] = 'X';
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), -EBADMSG);
	m = good();
	m.payload = 16;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), -EBADMSG);
	m = good();
	m.payload = UINT64_MAX - 3;
	m.payload_bytes = UINT32_MAX;
	cr_expect_eq(lsp_process_context_read((uintptr_t)&m, got), -EBADMSG);
	m = good();
	m.payload_bytes = 0;
	m.payload = 0;
	cr_expect_lt(lsp_process_context_read((uintptr_t)&m, got), 0);
	cr_expect_eq(lsp_process_context_read(16, got), -EBADMSG);
	cr_expect_eq(lsp_process_context_read(0, got), -EBADMSG);
	cr_expect_str_eq(got, "untouched");
}
