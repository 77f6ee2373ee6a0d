#include "sidecar/when.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NOW 1763933400000000000ull /* 2025-11-23T21:30:00Z */
#define S   1000000000ull

struct row {
	const char *text;
	uint64_t value;
};

Test(when, understands_times_and_ages)
{
	static const struct row rows[] = {
		{ "2025-11-23T21:30:00Z", NOW },
		{ "2025-11-23T22:30:00+01:00", NOW },
		{ "2025-11-23T16:00:00-05:30", NOW },
		{ "2025-11-23t21:30:00z", NOW },
		{ "2025-11-23 21:30:00Z", NOW },
		{ "2025-11-23T21:30:00.5Z", NOW + S / 2 },
		{ "2025-11-23T21:30:00.123456789Z", NOW + 123456789 },
		{ "2025-11-23T21:30:00.1234567899999Z", NOW + 123456789 },
		{ "2025-11-23T21:29:60Z", NOW },
		{ "2025-11-23", NOW - (21 * 3600 + 30 * 60) * S },
		{ "1970-01-01", 0 },
		{ "1972-02-29", 789 * 86400 * S },
		{ "2000-02-29T00:00:00Z", 951782400 * S },
		{ "2100-03-01", 4107542400 * S },
		{ "1763933400", NOW },
		{ "1763933400.25", NOW + S / 4 },
		{ "1763933400.000000001", NOW + 1 },
		{ "1763933400.0000000019", NOW + 1 },
		{ "0", 0 },
		{ "15m", NOW - 900 * S },
		{ "2h", NOW - 7200 * S },
		{ "7d", NOW - 7 * 86400 * S },
		{ "1.5s", NOW - 3 * S / 2 },
		{ "now", NOW },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 1;
		cr_expect_eq(lsp_when_parse(rows[i].text, NOW, &got), 0, "%s", rows[i].text);
		cr_expect_eq(got, rows[i].value, "%s: %" PRIu64, rows[i].text, got);
	}
}

Test(when, refuses_what_is_no_time)
{
	static const char *const texts[] = { "", " ", "yesterday", "15", "-5", "+5", "15x", "m",
		"15 m", "1.", ".5", "1e9", "0x10", "2025-13-01", "2025-00-01", "2025-02-29",
		"2025-04-31", "0000-01-01", "2025-11-23T", "2025-11-23T21:30",
		"2025-11-23T21:30:00", "2025-11-23T24:00:00Z", "2025-11-23T21:60:00Z",
		"2025-11-23T21:30:61Z", "2025-11-23T21:30:00.Z", "2025-11-23T21:30:00Zx",
		"2025-11-23T21:30:00+1:00", "2025-11-23T21:30:00+24:00", "2025-11-23T21:30:00+01",
		"2025-1-23", "25-11-23", "2025/11/23", "2025-11-23Z", "now ", "1.2.3", "1..5" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t got = 42;
		int rc = lsp_when_parse(texts[i], NOW, &got);
		/* Unix seconds are a number, however small. */
		cr_expect_eq(rc, strcmp(texts[i], "15") == 0 ? 0 : -EINVAL, "%s: %d", texts[i], rc);
		cr_expect(rc == 0 || got == 42, "%s", texts[i]);
	}
}

Test(when, refuses_what_does_not_fit)
{
	static const char *const texts[] = { "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01",
		"2554-07-22", "9999-12-31T23:59:59Z", "18446744074", "99999999999999999999999",
		"99999999999999999999999.5", "1000000h", "99999999999999999999d" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t got = 42;
		cr_expect_eq(lsp_when_parse(texts[i], NOW, &got), -ERANGE, "%s", texts[i]);
		cr_expect_eq(got, 42, "%s", texts[i]);
	}
}

Test(when, counts_days_as_the_calendar_does)
{
	/* Every day from 1970 to 2400 follows the one before. */
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t expected = 0;
	for (int y = 1970; y < 2400; y++)
		for (int m = 1; m <= 12; m++) {
			bool leap = (y % 4 == 0 && y % 100) || y % 400 == 0;
			for (int d = 1; d <= days[m - 1] + (m == 2 && leap); d++) {
				char text[16];
				uint64_t got = 1;
				snprintf(text, sizeof(text), "%04d-%02d-%02d", y, m, d);
				cr_assert_eq(lsp_when_parse(text, NOW, &got), 0, "%s", text);
				cr_assert_eq(got, expected, "%s", text);
				expected += 86400 * S;
			}
		}
}

Test(when, understands_durations)
{
	static const struct row rows[] = { { "250us", 250000 }, { "250µs", 250000 },
		{ "10ms", 10000000 }, { "1.5s", 3 * S / 2 }, { "2h", 7200 * S },
		{ "7d", 604800 * S }, { "1w", 604800 * S }, { "5m", 300 * S }, { "5min", 300 * S },
		{ "1ns", 1 }, { "0.1ns", 0 }, { "0", 0 }, { "0s", 0 }, { "0.000000001s", 1 },
		{ "18446744073.709551615s", UINT64_MAX } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 1;
		cr_expect_eq(lsp_duration_parse(rows[i].text, &got), 0, "%s", rows[i].text);
		cr_expect_eq(got, rows[i].value, "%s: %" PRIu64, rows[i].text, got);
	}
}

Test(when, refuses_durations_without_sense)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = { { "", -EINVAL }, { "5", -EINVAL }, { "s", -EINVAL }, { "5 s", -EINVAL },
		{ "-5s", -EINVAL }, { "5S", -EINVAL }, { "5sec", -EINVAL }, { "1h30m", -EINVAL },
		{ ".5s", -EINVAL }, { "5.s", -EINVAL }, { "1.2.3s", -EINVAL },
		{ "18446744073.709551616s", -ERANGE }, { "99999999999999999999s", -ERANGE },
		{ "213504d", -ERANGE } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 42;
		cr_expect_eq(
			lsp_duration_parse(rows[i].text, &got), rows[i].rc, "%s", rows[i].text);
		cr_expect_eq(got, 42, "%s", rows[i].text);
	}
}

Test(when, understands_sizes)
{
	static const struct row rows[] = { { "64M", 64ull << 20 }, { "10G", 10ull << 30 },
		{ "10g", 10ull << 30 }, { "1.5K", 1536 }, { "4096", 4096 }, { "4096B", 4096 },
		{ "1KB", 1024 }, { "1KiB", 1024 }, { "2T", 2ull << 40 }, { "0", 0 },
		{ "16777215.9T", 0xffffffe666666666ull } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 1;
		cr_expect_eq(lsp_size_parse(rows[i].text, &got), 0, "%s", rows[i].text);
		cr_expect_eq(got, rows[i].value, "%s: %" PRIx64, rows[i].text, got);
	}
}

Test(when, refuses_sizes_without_sense)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = { { "", -EINVAL }, { "M", -EINVAL }, { "1 M", -EINVAL }, { "-1M", -EINVAL },
		{ "1MM", -EINVAL }, { "1X", -EINVAL }, { "1.", -EINVAL }, { "1.5.5K", -EINVAL },
		{ "16777216T", -ERANGE }, { "18446744073709551616", -ERANGE } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t got = 42;
		cr_expect_eq(lsp_size_parse(rows[i].text, &got), rows[i].rc, "%s", rows[i].text);
		cr_expect_eq(got, 42, "%s", rows[i].text);
	}
}
