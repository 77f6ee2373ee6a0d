#include "lib/model/id.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>

static struct lsp_slice guarded(const char *text)
{
	return (struct lsp_slice){ guard_page_copy(text, strlen(text)), strlen(text) };
}

#define HIGH 0x0af7651916cd43dd
#define LOW  0x8448eb211c80319c

static const struct {
	const char *text;
	uint64_t high, low;
} keys[] = {
	{ "0af7651916cd43dd8448eb211c80319c", HIGH, LOW },
	{ "0AF7651916CD43DD8448eb211c80319c", HIGH, LOW },
	{ " \t0af7651916cd43dd8448eb211c80319c\r\n", HIGH, LOW },
	{ "0af76519-16cd-43dd-8448-eb211c80319c", HIGH, LOW },
	{ "1-0af76519-16cd43dd8448eb211c80319c", HIGH, LOW },
	{ "8448eb211c80319c", 0, LOW },
	{ "000000000000000000000000000000ff", 0, 255 },
	{ "0af7651916cd43dd0000000000000000", HIGH, 0 },
	{ "1234567890123456", 0, 0x1234567890123456 }, /* 16 digits are hex */
	{ "12345678901234567890123456789012", 0x1234567890123456, 0x7890123456789012 },
	{ "123456789012345", 0, 123456789012345 },
	{ "12345678901234567", 0, 12345678901234567 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "5", 0, 5 },
	{ "00000000000000000005", 0, 5 },
	{ "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", HIGH, LOW },
	{ "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", HIGH, LOW },
	{ "trace_id=0af7651916cd43dd8448eb211c80319c", HIGH, LOW },
	{ "trace_id=\"0af7651916cd43dd8448eb211c80319c\"", HIGH, LOW },
	{ "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", HIGH, LOW },
	{ "dd.trace_id=42", 0, 42 },
	{ "0x0af7651916cd43dd8448eb211c80319c", HIGH, LOW },
	{ "0X8448eb211c80319c", 0, LOW },
	{ "trace_id=0x8448eb211c80319c", 0, LOW },
	{ "'0af7651916cd43dd8448eb211c80319c'", HIGH, LOW },
};

Test(id, reads_every_form_of_a_trace_id)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct lsp_trace_key key = { 1, 2 };

		cr_expect_eq(
			lsp_trace_key_parse(&key, guarded(keys[i].text)), 0, "%s", keys[i].text);
		cr_expect_eq(key.high, keys[i].high, "%s", keys[i].text);
		cr_expect_eq(key.low, keys[i].low, "%s", keys[i].text);
	}
}

static const char *const no_keys[] = {
	"",
	" ",
	"=",
	"trace_id=",
	"\"\"",
	"\"",
	"0x",
	"0",
	"0000000000000000",
	"00000000000000000000000000000000",
	"00000000-0000-0000-0000-000000000000",
	"0af7651916cd43dd8448eb211c80319",
	"0af7651916cd43dd8448eb211c80319c0",
	"0af7651916cd43dd8448eb211c80319g",
	"0af7651916cd43dd 8448eb211c80319c",
	"8448eb211c80319",
	"8448eb211c80319c1",
	"8448eb21-1c80319c", /* halves have no dashes */
	"18446744073709551616",
	"99999999999999999999",
	"123456789012345678901",
	"-5",
	"1-2",
	"1.5",
	"hello",
	"00-00000000000000000000000000000000-b7ad6b7169203331-01",
	"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
	"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
	"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	"\xef\xbc\x91\xef\xbc\x92",
};

Test(id, refuses_what_is_no_trace_id_and_leaves_the_output_alone)
{
	for (size_t i = 0; i < sizeof(no_keys) / sizeof(no_keys[0]); i++) {
		struct lsp_trace_key key = { 1, 2 };

		cr_expect_eq(
			lsp_trace_key_parse(&key, guarded(no_keys[i])), -EINVAL, "%s", no_keys[i]);
		cr_expect_eq(key.high, 1);
		cr_expect_eq(key.low, 2);
	}
	cr_expect_eq(lsp_trace_key_parse(&(struct lsp_trace_key){ 0 }, (struct lsp_slice){ 0 }),
		-EINVAL);
}

Test(id, refuses_texts_of_any_length_of_one_character)
{
	static const char characters[] = "0f-= \"x";
	char text[400];

	for (const char *c = characters; *c; c++)
		for (size_t n = 0; n < sizeof(text); n++) {
			struct lsp_trace_key key;
			bool is_id = *c == 'f' && (n == 16 || n == 32);

			memset(text, *c, n);
			cr_expect_eq(lsp_trace_key_parse(&key,
					     (struct lsp_slice){ guard_page_copy(text, n), n }),
				is_id ? 0 : -EINVAL, "%zu of %c", n, *c);
		}
}

static const struct {
	const char *text;
	uint64_t id; /* 0: invalid */
} spans[] = {
	{ "b7ad6b7169203331", 0xb7ad6b7169203331 },
	{ "B7AD6B7169203331", 0xb7ad6b7169203331 },
	{ " span_id=b7ad6b7169203331 ", 0xb7ad6b7169203331 },
	{ "0xb7ad6b7169203331", 0xb7ad6b7169203331 },
	{ "1234567890123456", 0x1234567890123456 },
	{ "12345678901234567", 12345678901234567 },
	{ "18446744073709551615", UINT64_MAX },
	{ "18446744073709551616", 0 },
	{ "0", 0 },
	{ "0000000000000000", 0 },
	{ "b7ad6b716920333", 0 },
	{ "b7ad6b71692033311", 0 },
	{ "0af7651916cd43dd8448eb211c80319c", 0 },
	{ "", 0 },
	{ "x", 0 },
};

Test(id, reads_span_ids)
{
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		uint8_t id[8] = "########", want[8] = "########";

		for (int k = 0; spans[i].id && k < 8; k++)
			want[k] = (uint8_t)(spans[i].id >> (56 - 8 * k));
		cr_expect_eq(lsp_span_id_parse(id, guarded(spans[i].text)),
			spans[i].id ? 0 : -EINVAL, "%s", spans[i].text);
		cr_expect_arr_eq(id, want, 8, "%s", spans[i].text);
	}
}

static const struct {
	struct lsp_trace_key key, other;
	bool match;
} pairs[] = {
	{ { HIGH, LOW }, { HIGH, LOW }, true },
	{ { 0, LOW }, { HIGH, LOW }, true },
	{ { HIGH, LOW }, { 0, LOW }, true },
	{ { HIGH, LOW }, { HIGH + 1, LOW }, false },
	{ { HIGH, LOW }, { HIGH, LOW + 1 }, false },
	{ { 0, LOW }, { HIGH, LOW + 1 }, false },
};

Test(id, matches_when_the_halves_that_are_known_are_equal)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		uint8_t id[16];

		for (int k = 0; k < 8; k++) {
			id[k] = (uint8_t)(pairs[i].other.high >> (56 - 8 * k));
			id[8 + k] = (uint8_t)(pairs[i].other.low >> (56 - 8 * k));
		}
		cr_expect_eq(lsp_trace_key_matches(&pairs[i].key, id), pairs[i].match, "%zu", i);
	}
}

Test(id, formats_what_it_read)
{
	struct lsp_trace_key key = { HIGH, LOW }, half = { 0, 255 }, of;
	uint8_t id[16] = { 0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21,
		0x1c, 0x80, 0x31, 0x9c };
	char text[LSP_TRACE_ID_HEX + 1];

	lsp_trace_key_format(&key, text);
	cr_expect_str_eq(text, "0af7651916cd43dd8448eb211c80319c");
	lsp_trace_key_format(&half, text);
	cr_expect_str_eq(text, "000000000000000000000000000000ff");
	lsp_trace_key_of(&of, id);
	cr_expect_eq(of.high, HIGH);
	cr_expect_eq(of.low, LOW);
}
