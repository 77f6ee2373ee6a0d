/* Which encoded messages have an attribute that was asked for. */
#include "lib/wire/otlp_match.h"
#include "lib/wire/otlp_attr_hash.h"
#include "lib/wire/otlp_encode.h"

#include "lib/model/record.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

static struct lsp_slice S(const char *text) {
	return lsp_slice_of(text);
}

/* ---- what people write ----------------------------------------------------------------------- */

Test(otlp_match, a_text_is_split_at_its_first_separator)
{
	char long_one[LSP_ATTR_BYTES_MAX + 8];
	const struct {
		const char *text;
		char separator;
		int r;
		const char *key, *value;
	} cases[] = {
		{ "a=b", '=', 0, "a", "b" },
		{ "http.route=/a=b", '=', 0, "http.route", "/a=b" },
		{ "a:b:c", ':', 0, "a", "b:c" },
		{ "a=", '=', 0, "a", "" },
		{ "a = b", '=', 0, "a ", " b" },
		{ "a", '=', -EINVAL, NULL, NULL },
		{ "", '=', -EINVAL, NULL, NULL },
		{ "=", '=', -EINVAL, NULL, NULL },
		{ "=b", '=', -EINVAL, NULL, NULL },
		{ "a=b", ':', -EINVAL, NULL, NULL },
		{ long_one, '=', -E2BIG, NULL, NULL },
	};

	memset(long_one, 'x', sizeof(long_one));
	memcpy(long_one, "a=", 2);
	long_one[LSP_ATTR_BYTES_MAX + 2] = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lsp_attrs a = { .n = 0 };

		cr_expect_eq(lsp_attrs_add_text(&a, cases[i].text, cases[i].separator), cases[i].r,
			"%.20s", cases[i].text);
		cr_expect_eq(a.n, cases[i].r == 0);
		if (a.n) {
			cr_expect(lsp_slice_equal(a.at[0].key, S(cases[i].key)));
			cr_expect(lsp_slice_equal(a.at[0].value, S(cases[i].value)));
		}
	}
}

Test(otlp_match, more_than_sixteen_are_too_many)
{
	struct lsp_attrs a = { .n = 0 };

	for (int i = 0; i < LSP_ATTRS_MAX; i++)
		cr_expect_eq(lsp_attrs_add_text(&a, "a=b", '='), 0);
	cr_expect_eq(lsp_attrs_add_text(&a, "a=b", '='), -E2BIG);
	cr_expect_eq(a.n, LSP_ATTRS_MAX);
}

/* ---- a message with a value of each type ----------------------------------------------------- */

static struct lsp_buf span, resource, record;

static void any(
	unsigned message_field, const char *key, unsigned field, const char *value, size_t n)
{
	struct lsp_buf value_of, pair;

	lsp_buf_init(&value_of, 4096);
	lsp_buf_init(&pair, 4096);
	lsp_pb_bytes(&value_of, field, value, n);
	lsp_pb_bytes(&pair, 1, key, strlen(key));
	lsp_pb_bytes(&pair, 2, value_of.at, value_of.len);
	lsp_pb_bytes(&span, message_field, pair.at, pair.len);
	lsp_buf_release(&value_of);
	lsp_buf_release(&pair);
}

static void add_event(const char *key, const char *value)
{
	struct lsp_buf event;

	lsp_buf_init(&event, 4096);
	lsp_pb_attr_string(&event, 3, S(key), S(value));
	lsp_pb_bytes(&span, 11, event.at, event.len);
	lsp_buf_release(&event);
}

static void fill(void)
{
	lsp_buf_init(&span, 65536);
	lsp_buf_init(&resource, 4096);
	lsp_buf_init(&record, 4096);
	lsp_pb_attr_string(&span, 9, S("text"), S("caf\xc3\xa9 \"x\""));
	lsp_pb_attr_string(&span, 9, S("empty"), S(""));
	lsp_pb_attr_string(&span, 9, S("digits"), S("0042"));
	lsp_pb_attr_string(&span, 9, S("sql"), S("') OR 1=1; --"));
	lsp_pb_attr_int(&span, 9, S("int"), 42);
	lsp_pb_attr_int(&span, 9, S("least"), INT64_MIN);
	lsp_pb_attr_double(&span, 9, S("half"), 0.5);
	lsp_pb_attr_double(&span, 9, S("tenth"), 0.1);
	lsp_pb_attr_double(&span, 9, S("two"), 2);
	lsp_pb_attr_double(&span, 9, S("nan"), __builtin_nan(""));
	lsp_pb_attr_double(&span, 9, S("down"), -__builtin_inf());
	lsp_pb_attr_bool(&span, 9, S("yes"), true);
	lsp_pb_attr_bool(&span, 9, S("no"), false);
	any(9, "list", 5, "\x0a\x02\x18\x01\x0a\x03\x0a\x01x", 9); /* [1, "x"] */
	any(9, "map", 6, "\x0a\x07\x0a\x01k\x12\x02\x18\x07", 9); /* {"k": 7} */
	any(9, "bytes", 7, "\0\xff!", 3);
	lsp_pb_bytes(&span, 9, "\x0a\x04none", 6); /* a key without a value */
	lsp_pb_attr_string(&span, 9, S("both"), S("span"));
	lsp_pb_attr_string(&span, 10, S("elsewhere"), S("x")); /* no attribute of a span */
	add_event("exception.type", "IOException");
	lsp_pb_attr_string(&resource, 1, S("both"), S("resource"));
	lsp_pb_attr_string(&resource, 1, S("host.name"), S("db1"));
	lsp_pb_attr_string(&record, 6, S("user"), S("ann"));
	lsp_pb_bytes(&record, 12, "started", 7);
}

static void release(void)
{
	lsp_buf_release(&span);
	lsp_buf_release(&resource);
	lsp_buf_release(&record);
}

TestSuite(otlp_match, .init = fill, .fini = release);

static struct lsp_slice all(const struct lsp_buf *b)
{
	return (struct lsp_slice){ b->at, b->len };
}

static bool span_has(const char *text)
{
	struct lsp_attrs a = { .n = 0 };

	cr_assert_eq(lsp_attrs_add_text(&a, text, '='), 0);
	return lsp_otlp_span_has(&a, all(&span), all(&resource), LSP_KIND_CLIENT, LSP_STATUS_ERROR);
}

static bool log_has(const char *text)
{
	struct lsp_attrs a = { .n = 0 };

	cr_assert_eq(lsp_attrs_add_text(&a, text, '='), 0);
	return lsp_otlp_log_has(&a, all(&record), all(&resource));
}

static const struct {
	const char *text;
	bool has;
} of_span[] = { { "text=caf\xc3\xa9 \"x\"", true }, { "text=caf", false }, { "tex=caf", false },
	{ "empty=", true }, { "empty= ", false }, { "digits=0042", true }, { "digits=42", false },
	{ "sql=') OR 1=1; --", true }, { "int=42", true }, { "int=42.0", false },
	{ "int=042", false }, { "int=", false }, { "least=-9223372036854775808", true },
	{ "half=0.5", true }, { "half=5e-1", true }, { "half=.50", true }, { "half=0.5 ", false },
	{ "half=0.51", false }, { "half=0x1p-1", false }, { "half=", false }, { "tenth=0.1", true },
	{ "tenth=0.10000000000000001", true }, { "two=2", true }, { "two=2.0", true },
	{ "nan=NaN", true }, { "nan=nan", false }, { "nan=0", false }, { "down=-Infinity", true },
	{ "down=Infinity", false }, { "yes=true", true }, { "yes=1", false }, { "yes=True", false },
	{ "no=false", true }, { "no=", false }, { "list=[1,\"x\"]", true },
	{ "list=[1, \"x\" ]", true }, { "list=[1]", false }, { "list=1", false },
	{ "map={\"k\":7}", true }, { "map={\"k\":8}", false }, { "map={", false },
	{ "bytes=AP8h", true }, { "bytes=AP8=", false }, { "none=", true }, { "none=null", false },
	{ "both=span", true }, { "both=resource", true }, { "both=x", false },
	{ "elsewhere=x", false }, { "exception.type=IOException", true },
	{ "exception.type=IO", false }, { "host.name=db1", true }, { "HOST.NAME=db1", false },
	{ "missing=", false }, { "error=true", true }, { "error=false", false },
	{ "span.kind=client", true }, { "span.kind=server", false } };

Test(otlp_match, a_value_is_compared_as_text)
{
	for (size_t i = 0; i < sizeof(of_span) / sizeof(of_span[0]); i++)
		cr_expect_eq(span_has(of_span[i].text), of_span[i].has, "%s", of_span[i].text);
}

Test(otlp_match, a_log_record_has_its_own_and_its_resources)
{
	cr_expect(log_has("user=ann"));
	cr_expect(log_has("host.name=db1"));
	cr_expect(log_has("event.name=started"));
	cr_expect(!log_has("event.name=ended"));
	cr_expect(!log_has("user=bob"));
	cr_expect(!log_has("error=false"));
}

Test(otlp_match, all_of_them_are_wanted)
{
	struct lsp_attrs a = { .n = 0 };

	lsp_attrs_add_text(&a, "int=42", '=');
	lsp_attrs_add_text(&a, "host.name=db1", '=');
	cr_expect(lsp_otlp_span_has(&a, all(&span), all(&resource), 0, 0));
	lsp_attrs_add_text(&a, "int=43", '=');
	cr_expect(!lsp_otlp_span_has(&a, all(&span), all(&resource), 0, 0));
}

Test(otlp_match, an_attribute_named_error_goes_before_the_status)
{
	struct lsp_attrs a = { .n = 0 };

	lsp_pb_attr_bool(&span, 9, S("error"), false);
	cr_expect(!span_has("error=true"));
	cr_expect(span_has("error=false"));
	lsp_attrs_add_text(&a, "error=false", '=');
	cr_expect(lsp_otlp_span_has(&a, S(""), S(""), 0, LSP_STATUS_OK));
}

Test(otlp_match, the_last_value_of_a_oneof_counts)
{
	/* "k": string "a", then int 5 */
	lsp_pb_bytes(&span, 9,
		"\x0a\x01k\x12\x05\x0a\x01"
		"a\x18\x05",
		10);
	cr_expect(span_has("k=5"));
	cr_expect(!span_has("k=a"));
}

Test(otlp_match, what_is_no_message_has_nothing)
{
	struct lsp_attrs a = { .n = 0 };

	lsp_attrs_add_text(&a, "int=42", '=');
	for (size_t n = 0; n < span.len; n++) /* cut anywhere: no byte too far is read */
		(void)lsp_otlp_span_has(&a, (struct lsp_slice){ span.at, n }, S("\xff\xff"), 0, 0);
	cr_expect(!lsp_otlp_span_has(&a, S("\x4a\x7f"), S("\x0a"), 0, 0));
}

/* ---- the bytes to search for ----------------------------------------------------------------- */

struct search {
	int n;
	bool found;
};

static int look_for(void *arg, struct lsp_slice bytes)
{
	struct search *s = arg;

	s->n++;
	s->found = s->found || memmem(span.at, span.len, bytes.at, bytes.len) ||
		   memmem(resource.at, resource.len, bytes.at, bytes.len);
	return 0;
}

static bool is_a_column(const char *text)
{
	return strncmp(text, "error", 5) == 0 || strncmp(text, "span.kind", 9) == 0;
}

Test(otlp_match, the_bytes_are_in_each_message_that_has_it)
{
	for (size_t i = 0; i < sizeof(of_span) / sizeof(of_span[0]); i++) {
		struct lsp_attrs a = { .n = 0 };
		struct search s = { 0 };

		lsp_attrs_add_text(&a, of_span[i].text, '=');
		cr_expect_eq(lsp_otlp_attr_bytes(&a.at[0], look_for, &s), 0);
		if (of_span[i].has && !is_a_column(of_span[i].text))
			cr_expect(s.found, "%s", of_span[i].text);
	}
}

struct numbers {
	uint32_t at[64];
	size_t n;
};

static void note(void *arg, uint32_t hash)
{
	struct numbers *n = arg;

	cr_assert_lt(n->n, 64);
	n->at[n->n++] = hash;
}

static bool is_known(const struct numbers *n, const struct lsp_attr *a)
{
	uint32_t hashes[LSP_ATTR_HASHES_MAX];
	size_t wanted = lsp_otlp_wanted_hashes(a, hashes);

	for (size_t i = 0; i < n->n; i++)
		for (size_t k = 0; k < wanted; k++)
			if (n->at[i] == hashes[k])
				return true;
	return false;
}

Test(otlp_match, and_so_are_the_numbers_for_an_index)
{
	struct numbers of_message = { .n = 0 }, of_log = { .n = 0 };
	struct lsp_attrs a = { .n = 0 };

	lsp_otlp_span_hashes(all(&span), note, &of_message);
	lsp_otlp_resource_hashes(all(&resource), note, &of_message);
	for (size_t i = 0; i < sizeof(of_span) / sizeof(of_span[0]); i++) {
		bool is_list = strpbrk(of_span[i].text, "[{") != NULL;

		a.n = 0;
		lsp_attrs_add_text(&a, of_span[i].text, '=');
		if (!is_a_column(of_span[i].text) && !is_list)
			cr_expect_eq(is_known(&of_message, &a.at[0]), of_span[i].has, "%s",
				of_span[i].text);
		if (is_list && of_span[i].has)
			cr_expect(is_known(&of_message, &a.at[0]), "%s", of_span[i].text);
	}
	lsp_otlp_log_hashes(all(&record), note, &of_log);
	a.n = 0;
	lsp_attrs_add_text(&a, "event.name=started", '=');
	lsp_attrs_add_text(&a, "user=ann", '=');
	lsp_attrs_add_text(&a, "user=bob", '=');
	cr_expect(is_known(&of_log, &a.at[0]));
	cr_expect(is_known(&of_log, &a.at[1]));
	cr_expect(!is_known(&of_log, &a.at[2]));
}

Test(otlp_match, a_block_without_it_is_passed_over)
{
	struct lsp_attrs a = { .n = 0 };

	for (size_t i = 0; i < sizeof(of_span) / sizeof(of_span[0]); i++) {
		a.n = 0;
		lsp_attrs_add_text(&a, of_span[i].text, '=');
		if (of_span[i].has && !is_a_column(of_span[i].text) &&
			strcmp(of_span[i].text, "both=resource") != 0 &&
			strcmp(of_span[i].text, "host.name=db1") != 0)
			cr_expect(lsp_otlp_attr_may_be_in(&a.at[0], all(&span)), "%s",
				of_span[i].text);
	}
	a.n = 0;
	lsp_attrs_add_text(&a, "text=nowhere", '=');
	lsp_attrs_add_text(&a, "nowhere=42", '=');
	lsp_attrs_add_text(&a, "bytes=AP8i", '=');
	for (size_t i = 0; i < a.n; i++)
		cr_expect(!lsp_otlp_attr_may_be_in(&a.at[i], all(&span)));
}

Test(otlp_match, and_are_rare_elsewhere)
{
	static const char *const others[] = { "int=41", "text=x", "digits=42", "yes=false",
		"half=0.25", "bytes=AP8i", "xint=42", "in=42" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct lsp_attrs a = { .n = 0 };
		struct search s = { 0 };

		lsp_attrs_add_text(&a, others[i], '=');
		cr_expect_eq(lsp_otlp_attr_bytes(&a.at[0], look_for, &s), 0);
		cr_expect(!s.found, "%s", others[i]);
		cr_expect_geq(s.n, 2);
	}
}

static int stop(void *arg, struct lsp_slice bytes)
{
	(void)bytes;
	++*(int *)arg;
	return 7;
}

Test(otlp_match, who_is_given_bytes_can_stop)
{
	struct lsp_attrs a = { .n = 0 };
	int n = 0;

	lsp_attrs_add_text(&a, "int=42", '=');
	cr_expect_eq(lsp_otlp_attr_bytes(&a.at[0], stop, &n), 7);
	cr_expect_eq(n, 1);
}
