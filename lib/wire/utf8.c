#include "utf8.h"

/* The length of the well-formed sequence at `at`, 0 when there is none (RFC 3629). */
static size_t sequence(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char first_min, first_max, second_min, second_max;
		unsigned char len;
	} forms[] = { { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 } };

	if (at[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (at[0] < forms[i].first_min || at[0] > forms[i].first_max)
			continue;
		if (left < forms[i].len || at[1] < forms[i].second_min ||
			at[1] > forms[i].second_max)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

/* Most text is ASCII: the offset of the first byte from i on that is not, eight looked at at once;
 * up to seven bytes before the end are left. */
static size_t skip_ascii(const unsigned char *at, size_t i, size_t len)
{
	uint64_t word;

	for (; len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, at + i, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	return i;
}

bool lsp_otlp_is_utf8(struct lsp_slice s)
{
	const unsigned char *at = (const unsigned char *)s.at;

	for (size_t i = skip_ascii(at, 0, s.len); i < s.len; i = skip_ascii(at, i, s.len)) {
		size_t n = sequence(at + i, s.len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

int lsp_otlp_add_utf8(struct lsp_buf *out, struct lsp_slice s)
{
	const unsigned char *at = (const unsigned char *)s.at;
	size_t from = 0;

	for (size_t i = 0; i < s.len;) {
		size_t n = sequence(at + i, s.len - i);
		int r;

		if (n > 0) {
			i += n;
			continue;
		}
		r = lsp_buf_add(out, s.at + from, i - from);
		if (r == 0)
			r = lsp_buf_add(out, "\xef\xbf\xbd", 3);
		if (r)
			return r;
		from = ++i;
	}
	return lsp_buf_add(out, s.at + from, s.len - from);
}
