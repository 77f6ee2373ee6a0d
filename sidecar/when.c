#include "when.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define WHEN_CHARS 64 /* of one point in time */
#define NS_PER_S   1000000000ull

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A decimal number with fraction, times `unit`: exact, rounded down. Moves *at behind it. */
static int scaled(const char **at, uint64_t unit, uint64_t *ret)
{
	const char *p = *at;
	uint64_t whole = 0, part = 0;
	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return -ERANGE;
	if (*p == '.' && !is_digit(p[1]))
		return -EINVAL;
	if (*p == '.') {
		/* 10^18 is the most that fits; further digits are below every unit here. */
		uint64_t fraction = 0, scale = 1;
		for (p++; is_digit(*p); p++) {
			if (scale < NS_PER_S * NS_PER_S) {
				fraction = fraction * 10 + (uint64_t)(*p - '0');
				scale *= 10;
			}
		}
		part = (uint64_t)((unsigned __int128)fraction * unit / scale);
	}
	if (__builtin_mul_overflow(whole, unit, &whole) ||
		__builtin_add_overflow(whole, part, &whole))
		return -ERANGE;
	*at = p;
	*ret = whole;
	return 0;
}

struct unit {
	const char *name;
	uint64_t size;
};

/* Number and unit. The number is read twice: its value needs the unit, which follows it. */
static int with_unit(const char *text, const struct unit *units, size_t n,
	int (*same)(const char *, const char *), uint64_t *ret)
{
	const char *end = text;
	while (is_digit(*end) || *end == '.')
		end++;
	for (size_t i = 0; i < n; i++) {
		if (same(end, units[i].name) != 0)
			continue;
		const char *at = text;
		uint64_t value;
		int rc = scaled(&at, units[i].size, &value);
		if (rc == 0 && at != end)
			rc = -EINVAL;
		if (rc == 0)
			*ret = value;
		return rc;
	}
	return -EINVAL;
}

int lsp_duration_parse(const char *text, uint64_t *ret_ns)
{
	static const struct unit units[] = { { "ns", 1 }, { "us", 1000 }, { "µs", 1000 },
		{ "μs", 1000 }, { "ms", 1000000 }, { "s", NS_PER_S }, { "m", 60 * NS_PER_S },
		{ "min", 60 * NS_PER_S }, { "h", 3600 * NS_PER_S }, { "d", 86400 * NS_PER_S },
		{ "w", 7 * 86400 * NS_PER_S } };
	if (strcmp(text, "0") == 0) {
		*ret_ns = 0;
		return 0;
	}
	return with_unit(text, units, sizeof(units) / sizeof(units[0]), strcmp, ret_ns);
}

int lsp_size_parse(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = { { "", 1 }, { "B", 1 }, { "K", 1ull << 10 },
		{ "KB", 1ull << 10 }, { "KiB", 1ull << 10 }, { "M", 1ull << 20 },
		{ "MB", 1ull << 20 }, { "MiB", 1ull << 20 }, { "G", 1ull << 30 },
		{ "GB", 1ull << 30 }, { "GiB", 1ull << 30 }, { "T", 1ull << 40 },
		{ "TB", 1ull << 40 }, { "TiB", 1ull << 40 } };
	return with_unit(text, units, sizeof(units) / sizeof(units[0]), strcasecmp, ret_bytes);
}

/* Exactly n digits; -1 when they are not there. */
static int digits(const char **at, int n)
{
	int value = 0;
	for (int i = 0; i < n; i++) {
		if (!is_digit((*at)[i]))
			return -1;
		value = value * 10 + ((*at)[i] - '0');
	}
	*at += n;
	return value;
}

/* n digits behind one of the characters in `before`. */
static int digits_behind(const char **at, const char *before, int n)
{
	if (**at == 0 || !strchr(before, **at))
		return -1;
	++*at;
	return digits(at, n);
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: whole years, then months. */
static int64_t days_since_1970(int year, int month, int day)
{
	int64_t y = year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;
	for (int m = 1; m < month; m++)
		days += days_in(year, m);
	return days + day - 1;
}

/* "Z" or "+01:00"; in seconds east of UTC. */
static int parse_zone(const char **at, int64_t *ret_seconds)
{
	if (**at == 'Z' || **at == 'z') {
		++*at;
		*ret_seconds = 0;
		return 0;
	}
	int sign = **at == '-' ? -1 : 1;
	int hours = digits_behind(at, "+-", 2);
	int minutes = digits_behind(at, ":", 2);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return -EINVAL;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int parse_clock(const char **at, int64_t *ret_seconds, uint64_t *ret_ns)
{
	int hour = digits_behind(at, "Tt ", 2);
	int minute = digits_behind(at, ":", 2);
	int second = digits_behind(at, ":", 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return -EINVAL;
	*ret_seconds = hour * 3600 + minute * 60 + second;
	*ret_ns = 0;
	if (**at != '.')
		return 0;
	if (!is_digit((*at)[1]))
		return -EINVAL;
	uint64_t unit = NS_PER_S / 10;
	for (++*at; is_digit(**at); ++*at, unit /= 10)
		*ret_ns += unit * (uint64_t)(**at - '0');
	return 0;
}

static int parse_date(const char *at, uint64_t *ret_ns)
{
	int year = digits(&at, 4);
	int month = digits_behind(&at, "-", 2);
	int day = digits_behind(&at, "-", 2);
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return -EINVAL;
	int64_t seconds = days_since_1970(year, month, day) * 86400, clock = 0, zone = 0;
	uint64_t ns = 0, whole;
	int rc = 0;
	if (*at) {
		rc = parse_clock(&at, &clock, &ns);
		rc = rc ? rc : parse_zone(&at, &zone);
	}
	if (rc || *at)
		return -EINVAL;
	seconds += clock - zone;
	if (seconds < 0 || __builtin_mul_overflow((uint64_t)seconds, NS_PER_S, &whole) ||
		__builtin_add_overflow(whole, ns, &whole))
		return -ERANGE;
	*ret_ns = whole;
	return 0;
}

int lsp_when_parse(const char *text, uint64_t now_ns, uint64_t *ret_ns)
{
	uint64_t value;
	const char *at = text;
	if (strcmp(text, "now") == 0) {
		*ret_ns = now_ns;
		return 0;
	}
	if (strlen(text) >= 10 && text[4] == '-')
		return parse_date(text, ret_ns);
	int rc = scaled(&at, NS_PER_S, &value);
	if (rc == 0 && *at == 0) {
		*ret_ns = value;
		return 0;
	}
	if (rc == -ERANGE && !*(at + strspn(at, "0123456789.")))
		return -ERANGE;
	rc = lsp_duration_parse(text, &value);
	if (rc)
		return rc;
	if (value > now_ns)
		return -ERANGE;
	*ret_ns = now_ns - value;
	return 0;
}

int lsp_range_parse(const char *text, uint64_t now_ns, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
	char from_text[WHEN_CHARS];
	const char *dots = strstr(text, "..");
	uint64_t from, to = now_ns;
	if (!dots || dots == text || dots - text >= WHEN_CHARS)
		return -EINVAL;
	memcpy(from_text, text, (size_t)(dots - text));
	from_text[dots - text] = 0;
	int rc = lsp_when_parse(from_text, now_ns, &from);
	if (rc == 0 && dots[2])
		rc = lsp_when_parse(dots + 2, now_ns, &to);
	if (rc == 0 && from >= to)
		rc = -EINVAL;
	if (rc)
		return rc;
	*ret_from_ns = from;
	*ret_to_ns = to;
	return 0;
}
