#include "lib/wire/grpc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define CEILING 8

/* The body of a call in pieces of one size; what add said, else what end said. */
static int collect(struct lsp_grpc_frame *f, const char *body, size_t n, size_t step)
{
	int rc = 0;
	lsp_grpc_frame_init(f, CEILING);
	for (size_t at = 0; rc == 0 && at < n; at += step)
		rc = lsp_grpc_frame_add(f, body + at, n - at < step ? n - at : step);
	return rc ? rc : lsp_grpc_frame_end(f);
}

Test(grpc_frame, takes_one_message_in_any_pieces)
{
	static const struct {
		const char *what, *body;
		size_t n;
		int rc;
		const char *message;
		bool is_packed;
	} rows[] = {
		{ "nothing", "", 0, -ENOENT, "", false },
		{ "an empty message", "\0\0\0\0\0", 5, 0, "", false },
		{ "a message", "\0\0\0\0\3abc", 8, 0, "abc", false },
		{ "a packed one", "\1\0\0\0\3abc", 8, 0, "abc", true },
		{ "at the ceiling", "\0\0\0\0\10abcdefgh", 13, 0, "abcdefgh", false },
		{ "over it", "\0\0\0\0\11abcdefghi", 14, -E2BIG, NULL, false },
		{ "far over it", "\0\377\377\377\377", 5, -E2BIG, NULL, false },
		{ "a cut prefix", "\0\0\0\0", 4, -EBADMSG, NULL, false },
		{ "a cut message", "\0\0\0\0\3ab", 7, -EBADMSG, NULL, false },
		{ "another flag", "\2\0\0\0\3abc", 8, -EBADMSG, NULL, false },
		{ "one byte more", "\0\0\0\0\3abcd", 9, -EEXIST, NULL, false },
		{ "two messages", "\0\0\0\0\1a\0\0\0\0\1b", 12, -EEXIST, NULL, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t step = 1; step <= 14; step++) {
			struct lsp_grpc_frame f;
			cr_expect_eq(collect(&f, rows[i].body, rows[i].n, step), rows[i].rc,
				"%s by %zu", rows[i].what, step);
			if (rows[i].message && rows[i].message[0])
				cr_expect_str_eq(f.message.at, rows[i].message, "%s by %zu",
					rows[i].what, step);
			if (rows[i].rc == 0)
				cr_expect_eq(lsp_grpc_frame_is_packed(&f), rows[i].is_packed);
			lsp_grpc_frame_release(&f);
		}
	}
}

Test(grpc_frame, takes_no_memory_for_a_length_that_is_only_said)
{
	struct lsp_grpc_frame f;
	lsp_grpc_frame_init(&f, 1u << 30);
	cr_assert_eq(lsp_grpc_frame_add(&f, "\0\77\377\377\377a", 6), 0);
	cr_expect_lt(f.message.cap, 65536);
	lsp_grpc_frame_release(&f);
}

Test(grpc_frame, prefix_is_the_length)
{
	uint8_t out[LSP_GRPC_PREFIX_BYTES];
	lsp_grpc_prefix(out, 0x01020304);
	cr_expect_eq(memcmp(out, "\0\1\2\3\4", 5), 0);
}

Test(grpc_error, messages_are_percent_encoded)
{
	static const char *const rows[][2] = {
		{ "", NULL },
		{ "no such method", "no such method" },
		{ "100% \"full\"", "100%25 \"full\"" },
		{ "a\nb\x7f", "a%0Ab%7F" },
		{ "Bücher", "B%C3%BCcher" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_buf out;
		lsp_buf_init(&out, 256);
		cr_assert_eq(lsp_grpc_add_message(&out, rows[i][0]), 0);
		if (rows[i][1])
			cr_expect_str_eq(out.at, rows[i][1]);
		else
			cr_expect_eq(out.len, 0);
		lsp_buf_release(&out);
	}
	struct lsp_buf small;
	lsp_buf_init(&small, 3);
	cr_expect_eq(lsp_grpc_add_message(&small, "long"), -E2BIG);
	lsp_buf_release(&small);
}

/* Encoded by hand, from the field numbers: Status{14, "full", [Any(RetryInfo{2 s})]}. */
Test(grpc_error, retry_info_is_a_status_in_base64)
{
	struct lsp_buf out;
	lsp_buf_init(&out, 256);
	cr_assert_eq(lsp_grpc_add_retry(&out, LSP_GRPC_UNAVAILABLE, "full", 2), 0);
	cr_expect_str_eq(out.at, "CA4SBGZ1bGwaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5"
				 "SW5mbxIECgIIAg");
	lsp_buf_release(&out);
}
