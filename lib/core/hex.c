#include "hex.h"

#include <errno.h>

/* The value of a digit, 16 or more for anything else. Upper case counts as `upper`. */
static unsigned digit(char c, unsigned upper)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10 + upper;
	return 255;
}

static int decode(uint8_t *ret, const char *hex, size_t n, unsigned upper)
{
	for (size_t i = 0; i < 2 * n; i++)
		if (digit(hex[i], upper) > 15)
			return -EINVAL;
	for (size_t i = 0; i < n; i++)
		ret[i] = (uint8_t)(digit(hex[2 * i], 0) << 4 | digit(hex[2 * i + 1], 0));
	return 0;
}

int lsp_hex_decode_lower(uint8_t *ret, const char *hex, size_t n)
{
	return decode(ret, hex, n, 100);
}

int lsp_hex_decode(uint8_t *ret, const char *hex, size_t n)
{
	return decode(ret, hex, n, 0);
}

void lsp_hex_encode(char *out, const uint8_t *bytes, size_t n)
{
	static const char digits[16] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
}

size_t lsp_decimal_encode(char *out, uint64_t value)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}
