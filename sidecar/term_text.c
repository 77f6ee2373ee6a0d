#include "term_text.h"

#include <stdio.h>

struct range {
	int32_t from, to;
};

static bool in_ranges(const struct range *r, size_t n, int32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}
#define IN(table, c) in_ranges(table, sizeof(table) / sizeof((table)[0]), c)

/* What reorders or breaks lines: Unicode 15 Bidi_Control, line and paragraph separators, tags. */
static const struct range steering[] = { { 0x80, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, { 0xe0000, 0xe007f } };
/* East Asian Wide, by blocks; and the marks that take no column of their own. */
static const struct range wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf }, { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd } };
static const struct range zero[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x200b, 0x200d },
	{ 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f } };

int32_t lsp_text_decode(const char *text, size_t n, size_t *ret_len)
{
	const uint8_t *p = (const uint8_t *)text;
	*ret_len = 1;
	if (p[0] < 0x80)
		return p[0];
	size_t len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return -1;
	int32_t c = p[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*ret_len = len;
	return c;
}

int lsp_text_clean(struct lsp_buf *out, const char *bytes, size_t n)
{
	size_t plain = 0; /* bytes since the last that had to be changed */
	for (size_t i = 0; i < n;) {
		size_t len;
		int32_t c = lsp_text_decode(bytes + i, n - i, &len);
		bool hex = c < 0 || (c < 0x20 && c != '\t') || c == 0x7f;
		if (!hex && (c < 0x80 || !IN(steering, c))) {
			i += len;
			continue;
		}
		int rc = lsp_buf_add(out, bytes + plain, i - plain);
		if (rc == 0 && hex)
			rc = lsp_buf_printf(out, "\\x%02x", (unsigned char)bytes[i]);
		else if (rc == 0)
			rc = lsp_buf_printf(out, "<U+%04X>", (unsigned)c);
		if (rc)
			return rc;
		i += len;
		plain = i;
	}
	return lsp_buf_add(out, bytes + plain, n - plain);
}

static size_t columns_of(int32_t c)
{
	if (c < 0x300)
		return 1;
	return IN(zero, c) ? 0 : IN(wide, c) ? 2 : 1;
}

size_t lsp_text_columns(const char *text, size_t n)
{
	size_t columns = 0, len;
	for (size_t i = 0; i < n; i += len)
		columns += columns_of(lsp_text_decode(text + i, n - i, &len));
	return columns;
}

/* How many bytes of text fill at most `columns`. */
static size_t bytes_for(const char *text, size_t n, size_t columns)
{
	size_t i = 0, used = 0, len;
	while (i < n) {
		used += columns_of(lsp_text_decode(text + i, n - i, &len));
		if (used > columns)
			break;
		i += len;
	}
	return i;
}

int lsp_text_fit(struct lsp_buf *out, const char *text, size_t n, size_t columns, const char *dots)
{
	size_t all = lsp_text_columns(text, n), gap = lsp_text_columns(dots, strlen(dots));
	if (all <= columns)
		return lsp_buf_add(out, text, n);
	if (columns <= gap)
		return lsp_buf_add(out, text, bytes_for(text, n, columns));
	/* Names differ at their ends; the beginning gets the odd column. */
	size_t tail = (columns - gap) / 2, head = columns - gap - tail;
	size_t skip = bytes_for(text, n, all - tail);
	if (all - lsp_text_columns(text + skip, n - skip) < all - tail)
		skip += bytes_for(text + skip, n - skip, 2); /* half of a wide character */
	int rc = lsp_buf_add(out, text, bytes_for(text, n, head));
	rc = rc ? rc : lsp_buf_add_text(out, dots);
	return rc ? rc : lsp_buf_add(out, text + skip, n - skip);
}

void lsp_text_duration(char *out, size_t cap, uint64_t ns, bool ascii)
{
	static const struct {
		uint64_t from_ns, unit_ns;
		const char *name, *ascii;
	} units[] = { { 0, 1, "ns", "ns" }, { 1000, 1000, "µs", "us" },
		{ 1000000, 1000000, "ms", "ms" }, { 1000000000, 1000000000, "s", "s" },
		{ 120ull * 1000000000, 60ull * 1000000000, "m", "m" },
		{ 120ull * 60 * 1000000000, 3600ull * 1000000000, "h", "h" } };
	size_t u = sizeof(units) / sizeof(units[0]) - 1;
	while (u && ns < units[u].from_ns)
		u--;
	double value = (double)ns / (double)units[u].unit_ns;
	/* 999.7 µs would be printed as 1000. */
	if (value >= 999.5 && u >= 1 && u <= 2)
		value = (double)ns / (double)units[++u].unit_ns;
	int decimals = u == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
	snprintf(out, cap, "%.*f%s", decimals, value, ascii ? units[u].ascii : units[u].name);
}
