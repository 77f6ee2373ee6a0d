#include "lib/core/attr_keys.h"
#include "lib/core/ring.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lsp_attr_keys named(size_t n, const char *const *names)
{
	struct lsp_attr_keys keys = { 0 };
	for (size_t i = 0; i < n; i++)
		lsp_attr_keys_add(&keys, names[i], strlen(names[i]));
	return keys;
}

static const char *const names[] = { "user", "route", "linespan.stamped", "", "root_span_id" };

#define ENTRIES(what, bytes, ...)                                                                  \
	{                                                                                          \
		what, bytes, sizeof(bytes) - 1,                                                    \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
static const struct {
	const char *what, *bytes;
	size_t n;
	const char *want[4]; /* name, value, … */
} cases[] = {
	ENTRIES("one", "\0\3ada", "user", "ada"),
	ENTRIES("two, in their order", "\1\1/\0\3ada", "route", "/", "user", "ada"),
	ENTRIES("an empty value", "\0\0", "user", ""),
	ENTRIES("the last of two counts", "\0\1a\1\1/\0\1b", "route", "/", "user", "b"),
	ENTRIES("a number without a name", "\5\1x\0\1a", "user", "a"),
	ENTRIES("a name of ours", "\2\1x\0\1a", "user", "a"),
	ENTRIES("an empty name", "\3\1x\0\1a", "user", "a"),
	ENTRIES("the last entry is cut off", "\0\1a\1\4abc", "user", "a"),
	ENTRIES("a cut one does not hide the one before it", "\0\1a\0\4abc", "user", "a"),
	ENTRIES("half an entry", "\0\1a\1", "user", "a"),
	ENTRIES("zeros are no id",
		"\4\x10"
		"0000000000000000\0\1a",
		"user", "a"),
	ENTRIES("an id",
		"\4\x10"
		"0000000000000001",
		"root_span_id", "0000000000000001"),
	ENTRIES("zeros of another attribute",
		"\0\x10"
		"0000000000000000",
		"user", "0000000000000000"),
	ENTRIES("nothing", ""),
};

static void expect(const char *what, const uint8_t *buf, size_t n, const char *const *want)
{
	uint8_t again[256];
	size_t used = 0;
	for (size_t i = 0; i < 4 && want[i]; i += 2)
		cr_assert_eq(0, lsp_attr_put_string(again, sizeof(again), &used, want[i],
					want[i + 1], strlen(want[i + 1])));
	cr_expect(
		n == used && memcmp(buf, again, n) == 0, "%s: %zu bytes, want %zu", what, n, used);
}

Test(attr_keys, an_attribute_has_its_number_s_name)
{
	struct lsp_attr_keys keys = named(5, names);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t buf[256], *exact = malloc(cases[i].n + 1);
		memcpy(exact + 1, cases[i].bytes, cases[i].n);
		size_t n = lsp_attr_keys_put(&keys, exact + 1, cases[i].n, buf, sizeof(buf));
		expect(cases[i].what, buf, n, cases[i].want);
		free(exact);
	}
}

Test(attr_keys, what_has_no_room_is_left_out_whole)
{
	struct lsp_attr_keys keys = named(5, names);
	static const uint8_t two[] = "\0\5abcde\1\1/";
	uint8_t buf[256];
	for (size_t cap = 0; cap < 32; cap++) {
		uint8_t *exact = malloc(cap + 1);
		size_t n = lsp_attr_keys_put(&keys, two, sizeof(two) - 1, exact + 1, cap);
		size_t all = lsp_attr_keys_put(&keys, two, sizeof(two) - 1, buf, sizeof(buf));
		cr_expect(n <= cap && (cap < all || n == all));
		free(exact);
	}
}

Test(attr_keys, names_beyond_the_room_are_counted_but_nameless)
{
	struct lsp_attr_keys keys = { 0 };
	char name[300];
	memset(name, 'k', sizeof(name));
	lsp_attr_keys_add(&keys, name, 256);
	lsp_attr_keys_add(&keys, "a\0b", 3);
	cr_expect_eq(keys.at[0] | keys.at[1], 0);
	for (int i = 0; i < 300; i++)
		lsp_attr_keys_add(&keys, name, 255);
	cr_expect_eq(keys.n, LSP_ATTR_KEYS_MAX);
	cr_expect_leq(keys.used, LSP_ATTR_KEYS_BYTES);
	cr_expect_neq(keys.at[2], 0);
	cr_expect_eq(keys.at[255], 0);
}
