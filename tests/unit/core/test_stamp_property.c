/* What holds for each line, whatever is on it. */
#include "lib/core/stamp.h"
#include "json_fixture.h"
#include "stamp_fixture.h"

#include <criterion/criterion.h>

static const char *const members[LSP_FIELDS_N] = { "trace_id", "trace.id", "dd.trace_id",
	"logging.googleapis.com/trace" };

Test(stamp_property, a_stamped_object_is_the_object_and_its_members)
{
	unsigned stamped = 0;

	for (uint64_t round = 0; round < 40000; round++) {
		struct lsp_stamp_style style = { LSP_FORMAT_AUTO, (uint8_t)(round % 4), "shop-1" };
		char text[JSON_LINE_BYTES_MAX], out[STAMPED_BYTES_MAX];
		size_t n = json_mutant(round / 4, text),
		       len = stamp_line(&style, &known, text, n, out);
		json_t *before, *after;
		int verdict = json_verdict(text, n, &before);
		void *at;
		const char *key;
		json_t *value;

		if (memchr(text, '\n', n)) { /* not a line */
			json_decref(before);
			continue;
		}
		if (verdict != 1) {
			cr_assert(
				verdict < 0 || out[0] == '(' || json_verdict(out, len, &after) == 0,
				"JSON was made of %.*s", (int)n, text);
			continue;
		}
		cr_assert_eq(json_verdict(out, len, &after), 1, "%s", out);
		cr_assert(json_object_get(after, members[style.fields]), "%s", out);
		json_object_foreach_safe(after, at, key, value) if (!json_object_get(before, key))
			json_object_del(after, key);
		cr_assert(json_equal(before, after), "%s", out);
		json_decref(before);
		json_decref(after);
		stamped++;
	}
	cr_expect_gt(stamped, 4000);
}

Test(stamp_property, random_bytes_are_stamped_without_harm)
{
	static const char likely[] = "{}[]\"\\:,=<>1 -@cee trace_id.\r\x1b";
	uint64_t state = 3;

	for (int round = 0; round < 100000; round++) {
		struct lsp_stamp_style style = { (uint8_t)(round % LSP_FORMAT_N),
			(uint8_t)(round / 8 % LSP_FIELDS_N), "p" };
		char text[64], out[STAMPED_BYTES_MAX];
		size_t n = test_random(&state) % sizeof(text), len;

		for (size_t i = 0; i < n; i++)
			text[i] = test_random(&state) % 4
					  ? likely[test_random(&state) % (sizeof(likely) - 1)]
					  : (char)test_random(&state);
		len = stamp_line(&style, &known, text, n, out);
		cr_assert(out[0] != '!' || (n > 0 && text[0] == '!'));
		if (out[0] != '(')
			cr_assert(len > n + 40 || memchr(text, '(', n));
	}
}
