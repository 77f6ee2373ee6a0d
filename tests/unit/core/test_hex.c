#include "lib/core/hex.h"
#include "guard_page.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

Test(hex, encodes_every_byte_at_every_length)
{
	uint8_t bytes[40];
	char expected[81], got[81];

	for (int first = 0; first < 256; first++)
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			for (size_t i = 0; i < n; i++) {
				bytes[i] = (uint8_t)(first + 7 * (int)i);
				snprintf(expected + 2 * i, 3, "%02x", bytes[i]);
			}
			memset(got, '#', sizeof(got));
			lsp_hex_encode(got, bytes, n);
			cr_assert_arr_eq(got, expected, 2 * n);
			cr_assert_eq(got[2 * n], '#');
		}
}

Test(hex, encode_reads_and_writes_no_byte_too_many)
{
	for (size_t n = 0; n <= 17; n++) {
		uint8_t raw[17] = { 0xff };
		uint8_t *bytes = (uint8_t *)guard_page_copy(raw, n);
		char *out = guard_page_copy("0123456789012345678901234567890123", 2 * n);

		lsp_hex_encode(out, bytes, n);
	}
}

static const struct {
	const char *text;
	int lower, any;
} digits[] = {
	{ "00ff10ab", 0, 0 },
	{ "DEADbeef", -EINVAL, 0 },
	{ "0000000G", -EINVAL, -EINVAL },
	{ "g0000000", -EINVAL, -EINVAL },
	{ "0000 000", -EINVAL, -EINVAL },
	{ "0x000000", -EINVAL, -EINVAL },
	{ "-0000000", -EINVAL, -EINVAL },
	{ "000000\x80"
	  "0",
		-EINVAL, -EINVAL },
	{ "/0000000", -EINVAL, -EINVAL },
	{ ":0000000", -EINVAL, -EINVAL },
	{ "@0000000", -EINVAL, -EINVAL },
	{ "`0000000", -EINVAL, -EINVAL },
};

Test(hex, decodes_only_digits_and_leaves_the_output_alone_otherwise)
{
	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
		uint8_t lower[4] = { 9, 9, 9, 9 }, any[4] = { 9, 9, 9, 9 };

		cr_expect_eq(lsp_hex_decode_lower(lower, digits[i].text, 4), digits[i].lower, "%s",
			digits[i].text);
		cr_expect_eq(lsp_hex_decode(any, digits[i].text, 4), digits[i].any, "%s",
			digits[i].text);
		if (digits[i].lower)
			cr_expect_arr_eq(lower, ((uint8_t[]){ 9, 9, 9, 9 }), 4);
		if (digits[i].any)
			cr_expect_arr_eq(any, ((uint8_t[]){ 9, 9, 9, 9 }), 4);
	}
}

Test(hex, decode_is_the_inverse_of_encode)
{
	for (int b = 0; b < 256; b++) {
		uint8_t in = (uint8_t)b, lower, any;
		char text[2], upper[2];

		lsp_hex_encode(text, &in, 1);
		for (int i = 0; i < 2; i++)
			upper[i] = (char)(text[i] >= 'a' ? text[i] - 0x20 : text[i]);
		cr_assert_eq(lsp_hex_decode_lower(&lower, text, 1), 0);
		cr_assert_eq(lsp_hex_decode(&any, upper, 1), 0);
		cr_assert(lower == in && any == in);
	}
}

Test(hex, decimal_is_what_printf_writes)
{
	static const uint64_t values[] = { 0, 1, 9, 10, 99, 100, 12345678901234567890ull,
		UINT64_MAX, 1ull << 63 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char expected[24], got[24];
		int n = snprintf(expected, sizeof(expected), "%" PRIu64, values[i]);

		cr_assert_eq(lsp_decimal_encode(got, values[i]), (size_t)n);
		cr_assert_arr_eq(got, expected, (size_t)n);
	}
}
