#include "sidecar/json_write.h"

#include <criterion/criterion.h>
#include <errno.h>

static void expect_text(const json_t *json, const char *wanted)
{
	struct lsp_buf out;
	lsp_buf_init(&out, 65536);
	cr_expect_eq(lsp_json_write(&out, json), 0);
	cr_expect_str_eq(out.at, wanted);
	lsp_buf_release(&out);
}

Test(json_write, writes_each_kind_as_others_read_it)
{
	static const char *const documents[] = { "null", "true", "false", "0", "-1",
		"9223372036854775807", "-9223372036854775808", "\"\"", "\"a\"", "[]", "{}",
		"[1,[2,{\"a\":[]}],\"b\"]", "{\"b\":1,\"a\":{\"c\":null}}",
		"\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", "1.5",
		"-0.25", "0.44", "1e+300" };
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		json_t *json = json_loads(documents[i], JSON_DECODE_ANY, NULL);
		cr_assert_not_null(json);
		expect_text(json, documents[i]);
		json_decref(json);
	}
}

Test(json_write, escapes_what_could_break_a_line_or_a_terminal)
{
	json_t *json = json_stringn("\0\x01\x0b\x1b\x7f/<", 7);
	expect_text(json, "\"\\u0000\\u0001\\u000B\\u001B\\u007F/<\"");
	json_decref(json);
	/* C1, overrides of direction, line separators; their neighbours stay. */
	json = json_string(
		"\xc2\x9b\xc2\xa0\xe2\x80\xae\xe2\x80\xaf\xe2\x80\xa8\xe2\x81\xa6\xe2\x82\xac"
		"\xd8\x9c\xd8\xa7\xef\xbb\xbf\xef\xbb\xbc\xc3\xa9");
	expect_text(json, "\"\\u009B\xc2\xa0\\u202E\xe2\x80\xaf\\u2028\\u2066\xe2\x82\xac"
			  "\\u061C\xd8\xa7\\uFEFF\xef\xbb\xbc\xc3\xa9\"");
	json_decref(json);
}

Test(json_write, a_whole_number_that_is_no_integer_keeps_its_point)
{
	json_t *json = json_real(3);
	expect_text(json, "3.0");
	json_decref(json);
	json = json_real(1.0 / 3);
	struct lsp_buf out;
	lsp_buf_init(&out, 100);
	cr_expect_eq(lsp_json_write(&out, json), 0);
	cr_expect_float_eq(strtod(out.at, NULL), 1.0 / 3, 0.0);
	lsp_buf_release(&out);
	json_decref(json);
}

Test(json_write, refuses_what_is_too_deep_or_too_large)
{
	json_t *json = json_array();
	struct lsp_buf out;
	for (int i = 0; i < 1100; i++) {
		json_t *outer = json_array();
		json_array_append_new(outer, json);
		json = outer;
	}
	lsp_buf_init(&out, 65536);
	cr_expect_eq(lsp_json_write(&out, json), -EINVAL);
	lsp_buf_release(&out);
	json_decref(json);
	json = json_string("0123456789");
	lsp_buf_init(&out, 8);
	cr_expect_eq(lsp_json_write(&out, json), -E2BIG);
	lsp_buf_release(&out);
	json_decref(json);
}
