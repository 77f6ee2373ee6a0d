#include "lib/wire/frame_line.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define ID20 "0123456789abcdef0123456789abcdef01234567"
#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

Test(frame_line, reads_what_the_shim_writes)
{
	static const struct {
		const char *line, *path;
		uint64_t offset;
		const char *build_id;
	} rows[] = {
		{ "/bin/shop+0x1f", "/bin/shop", 0x1f, "" },
		{ "/bin/shop+0x0", "/bin/shop", 0, "" },
		{ "/lib/libc.so.6+0x8aeec " ID20, "/lib/libc.so.6", 0x8aeec, ID20 },
		{ "/a+0x1 " ID64, "/a", 1, ID64 },
		{ "/with space+0x12 ab", "/with space", 0x12, "ab" },
		{ "/odd+0x1+0x2", "/odd+0x1", 2, "" },
		{ "?+0xffffffffffffffff", "?", UINT64_MAX, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_frame_line f;
		cr_assert_eq(lsp_frame_line_parse(&f, lsp_slice_of(rows[i].line)), 0, "%s",
			rows[i].line);
		cr_expect_str_eq(f.path, rows[i].path);
		cr_expect_eq(f.offset, rows[i].offset, "%s: %" PRIx64, rows[i].line, f.offset);
		cr_expect_str_eq(f.build_id, rows[i].build_id);
	}
}

Test(frame_line, refuses_others_and_leaves_ret)
{
	static const char *const rows[] = { "", "+0x1", "/bin/shop", "/bin/shop+0x", "/bin/shop+1f",
		"/bin/shop+0xg", "/bin/shop+0x1F", "/a+0x10000000000000000", "/a+0x1 ",
		"/a+0x1  ab", "/a+0x1 AB", "/a+0x1 " ID64 "0", "/a+0x1 ab cd", "/a+0x1\tab", "+" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_frame_line f = { .path = "before", .offset = 7 };
		cr_expect_eq(lsp_frame_line_parse(&f, lsp_slice_of(rows[i])), -EINVAL, "\"%s\"",
			rows[i]);
		cr_expect_str_eq(f.path, "before");
		cr_expect_eq(f.offset, 7);
	}
}

Test(frame_line, refuses_a_path_that_does_not_fit)
{
	char line[LSP_FRAME_PATH_BYTES + 8];
	struct lsp_frame_line f;
	memset(line, 'a', sizeof(line));
	memcpy(line + LSP_FRAME_PATH_BYTES, "+0x1", 4);
	struct lsp_slice whole = { line, LSP_FRAME_PATH_BYTES + 4 };
	cr_expect_eq(lsp_frame_line_parse(&f, whole), -EINVAL);
	whole.at++, whole.len--;
	cr_expect_eq(lsp_frame_line_parse(&f, whole), 0);
}
