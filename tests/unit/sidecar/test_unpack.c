#include "sidecar/unpack.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define CEILING (1u << 20)

static struct lsp_slice gzip(const char *bytes, size_t n)
{
	z_stream z = { .next_in = (Bytef *)bytes, .avail_in = (uInt)n };
	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	size_t cap = deflateBound(&z, n);
	char *out = malloc(cap);
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)cap;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return (struct lsp_slice){ out, cap - z.avail_out };
}

static struct lsp_slice zstd(const char *bytes, size_t n)
{
	size_t cap = ZSTD_compressBound(n);
	char *out = malloc(cap);
	return (struct lsp_slice){ out, ZSTD_compress(out, cap, bytes, n, 3) };
}

static struct lsp_slice pack(enum lsp_encoding encoding, const char *bytes, size_t n)
{
	return encoding == LSP_ENCODING_GZIP ? gzip(bytes, n) : zstd(bytes, n);
}

static void add_packed(struct lsp_buf *to, enum lsp_encoding encoding, const char *text)
{
	struct lsp_slice packed = pack(encoding, text, strlen(text));
	cr_assert_eq(lsp_buf_add_slice(to, packed), 0);
	free((char *)packed.at);
}

/* Unpacks bytes that end at an unmapped page; returns what lsp_unpack() said. */
static int unpack(
	struct lsp_buf *out, enum lsp_encoding encoding, struct lsp_slice packed, size_t max)
{
	lsp_buf_init(out, max);
	struct lsp_slice s = { guard_page_copy(packed.at, packed.len), packed.len };
	return lsp_unpack(out, encoding, s);
}

/* Text that compresses, but not to nothing. */
static char *sample(size_t n)
{
	char *text = malloc(n + 1);
	unsigned seed = 7;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('a' + (seed = seed * 1103515245 + 12345) / 65536 % 7);
	return text;
}

static const enum lsp_encoding both[] = { LSP_ENCODING_GZIP, LSP_ENCODING_ZSTD };

Test(unpack, knows_the_encodings)
{
	static const struct {
		const char *header;
		int rc;
		enum lsp_encoding encoding;
	} rows[] = { { NULL, 0, LSP_ENCODING_NONE }, { "", 0, LSP_ENCODING_NONE },
		{ "identity", 0, LSP_ENCODING_NONE }, { "gzip", 0, LSP_ENCODING_GZIP },
		{ "GZip", 0, LSP_ENCODING_GZIP }, { "x-gzip", 0, LSP_ENCODING_GZIP },
		{ "zstd", 0, LSP_ENCODING_ZSTD }, { "deflate", -EOPNOTSUPP, 0 },
		{ "br", -EOPNOTSUPP, 0 }, { "gzip, gzip", -EOPNOTSUPP, 0 },
		{ "gzipp", -EOPNOTSUPP, 0 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum lsp_encoding got = LSP_ENCODING_NONE;
		cr_expect_eq(lsp_encoding_parse(&got, rows[i].header), rows[i].rc, "row %zu", i);
		cr_expect(rows[i].rc || got == rows[i].encoding, "row %zu", i);
	}
}

Test(unpack, gives_back_what_was_packed)
{
	static const size_t sizes[] = { 0, 1, 1000, 65535, 65536, 65537, 300000, CEILING };
	for (size_t e = 0; e < 2; e++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct lsp_buf out;
			char *text = sample(sizes[i]);
			struct lsp_slice packed = pack(both[e], text, sizes[i]);
			cr_expect_eq(unpack(&out, both[e], packed, CEILING), 0, "%zu", sizes[i]);
			cr_expect_eq(out.len, sizes[i], "%zu", sizes[i]);
			cr_expect(sizes[i] == 0 || memcmp(out.at, text, sizes[i]) == 0);
			lsp_buf_release(&out);
			free((char *)packed.at);
			free(text);
		}
}

Test(unpack, has_a_ceiling_that_a_bomb_does_not_lift)
{
	static const size_t sizes[] = { CEILING + 1, CEILING * 2, CEILING * 64 };
	for (size_t e = 0; e < 2; e++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			struct lsp_buf out;
			char *zeros = calloc(1, sizes[i]);
			struct lsp_slice packed = pack(both[e], zeros, sizes[i]);
			cr_expect_eq(
				unpack(&out, both[e], packed, CEILING), -E2BIG, "%zu", sizes[i]);
			cr_expect_leq(out.cap, 2 * CEILING + 2);
			lsp_buf_release(&out);
			free((char *)packed.at);
			free(zeros);
		}
}

Test(unpack, takes_several_members_one_after_the_other)
{
	for (size_t e = 0; e < 2; e++) {
		struct lsp_buf out, packed;
		lsp_buf_init(&packed, CEILING);
		for (int i = 0; i < 3; i++)
			add_packed(&packed, both[e], "abc");
		cr_expect_eq(
			unpack(&out, both[e], (struct lsp_slice){ packed.at, packed.len }, CEILING),
			0);
		cr_expect_eq(out.len, 9);
		cr_expect_str_eq(out.at, "abcabcabc");
		lsp_buf_release(&out);
		lsp_buf_release(&packed);
	}
}

Test(unpack, refuses_every_cut)
{
	char *text = sample(3000);
	for (size_t e = 0; e < 2; e++) {
		struct lsp_slice packed = pack(both[e], text, 3000);
		for (size_t n = 0; n < packed.len; n++) {
			struct lsp_buf out;
			struct lsp_slice cut = { packed.at, n };
			lsp_buf_init(&out, CEILING);
			cr_expect_eq(lsp_unpack(&out, both[e], cut), -EBADMSG, "%zu of %zu", n,
				packed.len);
			lsp_buf_release(&out);
		}
		free((char *)packed.at);
	}
	free(text);
}

Test(unpack, refuses_what_follows)
{
	for (size_t e = 0; e < 2; e++) {
		struct lsp_buf out, packed;
		lsp_buf_init(&packed, CEILING);
		add_packed(&packed, both[e], "abc");
		lsp_buf_add_text(&packed, "garbage");
		cr_expect_eq(
			unpack(&out, both[e], (struct lsp_slice){ packed.at, packed.len }, CEILING),
			-EBADMSG);
		lsp_buf_release(&out);
		lsp_buf_release(&packed);
	}
}

Test(unpack, survives_random_and_damaged_bytes)
{
	char *text = sample(2000);
	unsigned seed = 1;
	for (size_t e = 0; e < 2; e++) {
		struct lsp_slice packed = pack(both[e], text, 2000);
		char *damaged = malloc(packed.len);
		for (int round = 0; round < 3000; round++) {
			struct lsp_buf out;
			memcpy(damaged, packed.at, packed.len);
			for (int k = 0; k < 1 + round % 4; k++) {
				seed = seed * 1103515245 + 12345;
				damaged[seed / 65536 % packed.len] ^= (char)(1 << seed % 8);
			}
			lsp_buf_init(&out, CEILING);
			int rc = lsp_unpack(
				&out, both[e], (struct lsp_slice){ damaged, packed.len });
			cr_expect(rc == 0 || rc == -EBADMSG || rc == -E2BIG, "%d", rc);
			cr_expect_leq(out.len, CEILING);
			lsp_buf_release(&out);
		}
		free(damaged);
		free((char *)packed.at);
	}
	free(text);
}

Test(unpack, copies_what_is_not_packed)
{
	struct lsp_buf out;
	lsp_buf_init(&out, 4);
	cr_expect_eq(lsp_unpack(&out, LSP_ENCODING_NONE, LSP_SLICE("abcd")), 0);
	cr_expect_str_eq(out.at, "abcd");
	cr_expect_eq(lsp_unpack(&out, LSP_ENCODING_NONE, LSP_SLICE("e")), -E2BIG);
	lsp_buf_release(&out);
}
