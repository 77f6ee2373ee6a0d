#include "syslog_time.h"

#include <stdlib.h>
#include <time.h>

#define NS_PER_S  1000000000ull
#define S_PER_DAY 86400

void lsp_syslog_clock_now(struct lsp_syslog_clock *ret)
{
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	ret->now_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	ret->utc_offset_s = (int32_t)local.tm_gmtoff;
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t y, unsigned m, unsigned d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned year = (unsigned)(y - era * 400);
	unsigned day = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;

	return era * 146097 + (int64_t)(year * 365 + year / 4 - year / 100 + day) - 719468;
}

/* n digits at i; -1 when they are not there. */
static int digits(struct lsp_slice s, size_t i, size_t n)
{
	int value = 0;

	if (i + n > s.len)
		return -1;
	for (; n > 0; n--, i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return -1;
		value = value * 10 + (s.at[i] - '0');
	}
	return value;
}

/* "01:02:03" at i, in seconds; -1 when it is not there. */
static int clock_at(struct lsp_slice s, size_t i)
{
	int h = digits(s, i, 2), m = digits(s, i + 3, 2), sec = digits(s, i + 6, 2);

	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 || s.at[i + 2] != ':' ||
		s.at[i + 5] != ':')
		return -1;
	return (h * 60 + m) * 60 + sec;
}

/* ".123456" at *i, in nanoseconds. */
static uint64_t fraction_at(struct lsp_slice s, size_t *i)
{
	uint64_t ns = 0, unit = NS_PER_S / 10;

	if (*i + 1 >= s.len || (s.at[*i] != '.' && s.at[*i] != ',') || digits(s, *i + 1, 1) < 0)
		return 0;
	for (++*i; *i < s.len && s.at[*i] >= '0' && s.at[*i] <= '9'; ++*i, unit /= 10)
		ns += (uint64_t)(s.at[*i] - '0') * unit;
	return ns;
}

/* "Z", "+01:00", "+0100" at *i; the clock's zone when there is none. */
static int64_t zone_at(struct lsp_slice s, size_t *i, const struct lsp_syslog_clock *c)
{
	if (*i < s.len && (s.at[*i] == 'Z' || s.at[*i] == 'z')) {
		++*i;
		return 0;
	}
	if (*i < s.len && (s.at[*i] == '+' || s.at[*i] == '-')) {
		bool colon = *i + 3 < s.len && s.at[*i + 3] == ':';
		int h = digits(s, *i + 1, 2), m = digits(s, *i + (colon ? 4 : 3), 2);
		int sign = s.at[*i] == '-' ? -1 : 1;

		if (h >= 0 && h < 24 && m >= 0 && m < 60) {
			*i += colon ? 6 : 5;
			return sign * (h * 60 + m) * 60;
		}
	}
	return c->utc_offset_s;
}

static bool put(int64_t s, uint64_t ns, uint64_t *ret)
{
	if (s < 0 || (uint64_t)s > UINT64_MAX / NS_PER_S - 1)
		return false;
	*ret = (uint64_t)s * NS_PER_S + ns;
	return true;
}

size_t lsp_time_rfc3339(struct lsp_slice s, const struct lsp_syslog_clock *c, uint64_t *ret_ns)
{
	int y = digits(s, 0, 4), m = digits(s, 5, 2), d = digits(s, 8, 2), time;
	size_t i = 19;
	uint64_t ns;
	int64_t zone;

	if (s.len < 19 || y < 1970 || m < 1 || m > 12 || d < 1 || d > 31 ||
		(s.at[4] != '-' && s.at[4] != '/') || s.at[7] != s.at[4] ||
		(s.at[10] != 'T' && s.at[10] != ' ' && s.at[10] != 't'))
		return 0;
	time = clock_at(s, 11);
	if (time < 0)
		return 0;
	ns = fraction_at(s, &i);
	zone = zone_at(s, &i, c);
	if (!put(days_of(y, (unsigned)m, (unsigned)d) * S_PER_DAY + time - zone, ns, ret_ns))
		return 0;
	return i;
}

size_t lsp_time_rfc3164(struct lsp_slice s, const struct lsp_syslog_clock *c, uint64_t *ret_ns)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t now = (int64_t)(c->now_ns / NS_PER_S) + c->utc_offset_s, best = 0;
	time_t now_s = (time_t)now;
	unsigned month = 0;
	struct tm tm;
	int day, time;

	if (s.len < 15 || s.at[3] != ' ' || s.at[6] != ' ')
		return 0;
	while (month < 12 && memcmp(months + 3 * (size_t)month, s.at, 3) != 0)
		month++;
	day = s.at[4] == ' ' ? digits(s, 5, 1) : digits(s, 4, 2);
	time = clock_at(s, 7);
	if (month == 12 || day < 1 || day > 31 || time < 0 || !gmtime_r(&now_s, &tm))
		return 0;
	for (int year = tm.tm_year + 1899; year <= tm.tm_year + 1901; year++) {
		int64_t at = days_of(year, month + 1, (unsigned)day) * S_PER_DAY + time;

		if (year == tm.tm_year + 1899 || llabs(at - now) < llabs(best - now))
			best = at;
	}
	return put(best - c->utc_offset_s, 0, ret_ns) ? 15 : 0;
}
