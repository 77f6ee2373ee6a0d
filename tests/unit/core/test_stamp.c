#include "lib/core/stamp.h"
#include "stamp_fixture.h"

#include <criterion/criterion.h>

#define IDS     "trace_id=" TRACE_HEX " span_id=" SPAN_HEX
#define MEMBERS "\"trace_id\":\"" TRACE_HEX "\",\"span_id\":\"" SPAN_HEX "\",\"trace_flags\":\"01\""
#define ELEMENT                                                                                    \
	"[opentelemetry trace_id=\"" TRACE_HEX "\" span_id=\"" SPAN_HEX "\" trace_flags=\"01\"]"
#define HEADER "<34>1 2003-10-11T22:14:15.003Z host app 1 ID47 "

static const struct {
	const char *line, *result;
} automatic[] = {
	{ "charged order 4711", "charged order 4711 " IDS },
	{ "charged order 4711\r", "charged order 4711 " IDS "\r" },
	{ "ends with spaces  ", "ends with spaces   " IDS },
	{ " indented", " indented " IDS },
	{ "   ", "    " IDS },
	{ "gr\xc3\xbc\xc3\x9f"
	  "e",
		"gr\xc3\xbc\xc3\x9f"
		"e " IDS },
	{ "", "(empty)" },
	{ "\r", "(empty)" },
	/* objects */
	{ "{}", "{" MEMBERS "}" },
	{ "{ }", "{ " MEMBERS "}" },
	{ "{\"a\":1}", "{\"a\":1," MEMBERS "}" },
	{ "{\"a\":1 }", "{\"a\":1 ," MEMBERS "}" },
	{ "\r{\"a\":1}", "\r{\"a\":1," MEMBERS "}" },
	{ " {\"a\":{}}  \r", " {\"a\":{}," MEMBERS "}  \r" },
	{ "{\"msg\":\"}\"}", "{\"msg\":\"}\"," MEMBERS "}" },
	{ "@cee: {\"a\":1}", "@cee: {\"a\":1," MEMBERS "}" },
	{ "@cee:{}", "@cee:{" MEMBERS "}" },
	{ "@cee: text", "@cee: text " IDS },
	/* JSON, but not one object */
	{ "{", "(structure)" },
	{ "{\"a\":1", "(structure)" },
	{ "{\"a\":1,", "(structure)" },
	{ "{\"a\":1}{\"b\":2}", "(structure)" },
	{ "{\"a\":1},", "(structure)" },
	{ "{\"a\":1} text", "(structure)" },
	{ "@cee:{\"a\":1", "(structure)" },
	{ "[", "(structure)" },
	{ "[]", "(structure)" },
	{ "[{\"a\":1}]", "(structure)" },
	{ "[\"a\",\"b\"]", "(structure)" },
	{ "[1,2]", "(structure)" },
	{ "[[1],[2]]", "(structure)" },
	{ "  \"a\": 1,", "(structure)" },
	{ "1,", "(structure)" },
	{ "null,", "(structure)" },
	{ "42", "42 " IDS },
	{ "  \"a\": {", "(structure)" },
	{ "  \"a\"", "(structure)" },
	{ "  \"a\",", "(structure)" },
	{ "}", "(structure)" },
	{ "  },", "(structure)" },
	{ "]", "(structure)" },
	{ "],", "(structure)" },
	/* text that begins like JSON */
	{ "[error] no route", "[error] no route " IDS },
	{ "[12] worker up", "[12] worker up " IDS },
	{ "[2026-11-23 12:00:00] up", "[2026-11-23 12:00:00] up " IDS },
	{ "{main} started", "{main} started " IDS },
	{ "\"quoted\" words", "\"quoted\" words " IDS },
	{ "} else {", "} else { " IDS },
	{ "]]> end", "]]> end " IDS },
	/* RFC 5424 */
	{ HEADER "- it failed", HEADER ELEMENT " it failed" },
	{ HEADER "-", HEADER ELEMENT },
	{ HEADER "-\r", HEADER ELEMENT "\r" },
	{ HEADER "[a b=\"c\"] it failed", HEADER "[a b=\"c\"]" ELEMENT " it failed" },
	{ HEADER "[a b=\"c\"][d]", HEADER "[a b=\"c\"][d]" ELEMENT },
	{ HEADER "[a b=\"\\]\\\"\\\\\"] x", HEADER "[a b=\"\\]\\\"\\\\\"]" ELEMENT " x" },
	{ "<0>1 - - - - - -", "<0>1 - - - - - " ELEMENT },
	{ "<191>1 - - - - - -", "<191>1 - - - - - " ELEMENT },
	{ HEADER "[opentelemetry x=\"y\"] z", "(has id)" },
	{ HEADER "[opentelemetry]", "(has id)" },
	{ HEADER "[a trace_id=\"b\"] z", "(has id)" },
	/* not RFC 5424 after all: text */
	{ "<34>Oct 11 22:14:15 app: failed", "<34>Oct 11 22:14:15 app: failed " IDS },
	{ "<192>1 - - - - - -", "<192>1 - - - - - - " IDS },
	{ "<34>2 - - - - - -", "<34>2 - - - - - - " IDS },
	{ "<34>1 - - - - -", "<34>1 - - - - - " IDS },
	{ "<6>1 of the five items - broken", "<6>1 of the five items - broken " IDS },
	{ HEADER "[a b=\"c\" failed", HEADER "[a b=\"c\" failed " IDS },
	{ HEADER "[a b=\"c]\"] x", HEADER "[a b=\"c]\"] x " IDS },
	{ HEADER "[a b=c] x", HEADER "[a b=c] x " IDS },
	{ HEADER "[] x", HEADER "[] x " IDS },
	{ HEADER "[a]x", HEADER "[a]x " IDS },
	{ HEADER "-x", HEADER "-x " IDS },
	{ HEADER "text", HEADER "text " IDS },
	{ HEADER, HEADER " " IDS },
};

Test(stamp, each_shape_of_line_gets_its_form)
{
	struct lsp_stamp_style style = { LSP_FORMAT_AUTO, LSP_FIELDS_OTEL, NULL };

	for (size_t i = 0; i < sizeof(automatic) / sizeof(automatic[0]); i++) {
		char out[STAMPED_BYTES_MAX];

		stamp_line(&style, &known, automatic[i].line, strlen(automatic[i].line), out);
		cr_expect_str_eq(out, automatic[i].result, "%s\n  is %s\n not %s",
			automatic[i].line, out, automatic[i].result);
	}
}

static const struct {
	uint8_t format;
	const char *line, *result;
} formats[] = {
	{ LSP_FORMAT_SUFFIX, "text", "text " IDS },
	{ LSP_FORMAT_SUFFIX, "{\"a\":1}", "{\"a\":1} " IDS },
	{ LSP_FORMAT_SUFFIX, "{\"a\":1", "{\"a\":1 " IDS },
	{ LSP_FORMAT_SUFFIX, HEADER "- x\r", HEADER "- x " IDS "\r" },
	{ LSP_FORMAT_SUFFIX, "", "(empty)" },
	{ LSP_FORMAT_PREFIX, "text", IDS " text" },
	{ LSP_FORMAT_PREFIX, "text\r", IDS " text\r" },
	{ LSP_FORMAT_PREFIX, "{\"a\":1}", IDS " {\"a\":1}" },
	{ LSP_FORMAT_PREFIX, "<34>app: failed", "<34>" IDS " app: failed" },
	{ LSP_FORMAT_PREFIX, "<340>app: failed", IDS " <340>app: failed" },
	{ LSP_FORMAT_PREFIX, HEADER "- x", HEADER ELEMENT " x" },
	{ LSP_FORMAT_PREFIX, "trace_id=1 x", "(has id)" },
	{ LSP_FORMAT_JSON, "{\"a\":1}", "{\"a\":1," MEMBERS "}" },
	{ LSP_FORMAT_JSON, "text", "(format)" },
	{ LSP_FORMAT_JSON, HEADER "- x", "(format)" },
	{ LSP_FORMAT_JSON, "{\"a\":1", "(structure)" },
	{ LSP_FORMAT_NONE, "text", "(format)" },
	{ LSP_FORMAT_NONE, "{}", "(format)" },
};

Test(stamp, the_format_decides_who_is_stamped)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct lsp_stamp_style style = { formats[i].format, LSP_FIELDS_OTEL, NULL };
		char out[STAMPED_BYTES_MAX];

		stamp_line(&style, &known, formats[i].line, strlen(formats[i].line), out);
		cr_expect_str_eq(out, formats[i].result, "%zu: %s", i, out);
	}
}

#define GCP      "logging.googleapis.com/"
#define GCP_SPAN "\"" GCP "spanId\":\"" SPAN_HEX "\",\"" GCP "trace_sampled\":"
#define DD_TRACE "11803532876627986230" /* a3ce929d0e0e4736 */
#define DD_SPAN  "67667974448284343" /* 00f067aa0ba902b7 */
#define LONGEST  "a123456789012345678901234567:9"

static const struct {
	uint8_t fields;
	const char *project, *text, *json;
} names[] = {
	{ LSP_FIELDS_OTEL, NULL, "x " IDS, "{" MEMBERS "}" },
	{ LSP_FIELDS_ECS, NULL, "x trace.id=" TRACE_HEX " span.id=" SPAN_HEX,
		"{\"trace.id\":\"" TRACE_HEX "\",\"span.id\":\"" SPAN_HEX "\"}" },
	{ LSP_FIELDS_DATADOG, NULL, "x dd.trace_id=" DD_TRACE " dd.span_id=" DD_SPAN,
		"{\"dd.trace_id\":\"" DD_TRACE "\",\"dd.span_id\":\"" DD_SPAN "\"}" },
	{ LSP_FIELDS_GCP, NULL, "x " GCP "trace=" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ LSP_FIELDS_GCP, "", "x " GCP "trace=" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ LSP_FIELDS_GCP, "shop-1",
		"x " GCP "trace=projects/shop-1/traces/" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"projects/shop-1/traces/" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ LSP_FIELDS_GCP, LONGEST,
		"x " GCP "trace=projects/" LONGEST "/traces/" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"projects/" LONGEST "/traces/" TRACE_HEX "\"," GCP_SPAN
		"true}" },
	/* no project at all rather than one that breaks the line */
	{ LSP_FIELDS_GCP, LONGEST "0", "x " GCP "trace=" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ LSP_FIELDS_GCP, "shop\"1", "x " GCP "trace=" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ LSP_FIELDS_GCP, "shop\n", "x " GCP "trace=" TRACE_HEX " " GCP "spanId=" SPAN_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\"," GCP_SPAN "true}" },
	{ 200, NULL, "x " IDS, "{" MEMBERS "}" },
};

Test(stamp, the_fields_decide_the_names)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct lsp_stamp_style style = { LSP_FORMAT_AUTO, names[i].fields,
			names[i].project };
		char out[STAMPED_BYTES_MAX];

		stamp_line(&style, &known, "x", 1, out);
		cr_expect_str_eq(out, names[i].text, "%zu: %s", i, out);
		stamp_line(&style, &known, "{}", 2, out);
		cr_expect_str_eq(out, names[i].json, "%zu: %s", i, out);
		stamp_line(&style, &known, HEADER "- x", sizeof(HEADER "- x") - 1, out);
		cr_expect_str_eq(out, HEADER ELEMENT " x", "%zu: %s", i, out);
	}
}

static const struct {
	uint8_t fields;
	const char *text, *json;
} spanless[] = {
	{ LSP_FIELDS_OTEL, "x trace_id=" TRACE_HEX,
		"{\"trace_id\":\"" TRACE_HEX "\",\"trace_flags\":\"01\"}" },
	{ LSP_FIELDS_ECS, "x trace.id=" TRACE_HEX, "{\"trace.id\":\"" TRACE_HEX "\"}" },
	{ LSP_FIELDS_DATADOG, "x dd.trace_id=" DD_TRACE, "{\"dd.trace_id\":\"" DD_TRACE "\"}" },
	{ LSP_FIELDS_GCP, "x " GCP "trace=" TRACE_HEX,
		"{\"" GCP "trace\":\"" TRACE_HEX "\",\"" GCP "trace_sampled\":true}" },
};

Test(stamp, without_a_span_its_id_is_left_out)
{
	struct lsp_context c = known;

	memset(c.span_id, 0, sizeof(c.span_id));
	for (size_t i = 0; i < sizeof(spanless) / sizeof(spanless[0]); i++) {
		struct lsp_stamp_style style = { LSP_FORMAT_AUTO, spanless[i].fields, NULL };
		char out[STAMPED_BYTES_MAX];

		stamp_line(&style, &c, "x", 1, out);
		cr_expect_str_eq(out, spanless[i].text, "%zu: %s", i, out);
		stamp_line(&style, &c, "{}", 2, out);
		cr_expect_str_eq(out, spanless[i].json, "%zu: %s", i, out);
	}
}

Test(stamp, without_a_trace_nothing_is_stamped)
{
	struct lsp_stamp_style style = { LSP_FORMAT_AUTO, LSP_FIELDS_OTEL, NULL };
	struct lsp_context c = known;
	char out[STAMPED_BYTES_MAX];

	memset(c.trace_id, 0, sizeof(c.trace_id));
	stamp_line(&style, &c, "x", 1, out);
	cr_expect_str_eq(out, "(no context)");
}

Test(stamp, the_sampled_bit_is_shown)
{
	struct lsp_stamp_style style = { LSP_FORMAT_AUTO, LSP_FIELDS_GCP, NULL };
	struct lsp_context c = known;
	char out[STAMPED_BYTES_MAX];

	c.flags = LSP_FLAG_RANDOM;
	stamp_line(&style, &c, "{}", 2, out);
	cr_expect(strstr(out, "trace_sampled\":false}"), "%s", out);
	style.fields = LSP_FIELDS_OTEL;
	stamp_line(&style, &c, "{}", 2, out);
	cr_expect(strstr(out, "\"trace_flags\":\"02\"}"), "%s", out);
}

Test(stamp, a_stamped_line_is_left_alone_the_next_time)
{
	static const char *const lines[] = { "x", "{}", "{\"a\":1}", HEADER "- x", "<34>x" };

	for (uint8_t fields = 0; fields < LSP_FIELDS_N; fields++)
		for (uint8_t format = 0; format < LSP_FORMAT_NONE; format++)
			for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
				struct lsp_stamp_style style = { format, fields, "shop-1" };
				char once[STAMPED_BYTES_MAX], twice[STAMPED_BYTES_MAX];
				size_t n = stamp_line(
					&style, &known, lines[i], strlen(lines[i]), once);

				if (once[0] == '(')
					continue;
				stamp_line(&style, &known, once, n, twice);
				cr_expect_str_eq(twice, "(has id)", "%s", once);
			}
}

Test(stamp, the_suffix_alone_is_the_suffix_of_a_line)
{
	for (uint8_t fields = 0; fields < LSP_FIELDS_N; fields++) {
		struct lsp_stamp_style style = { LSP_FORMAT_AUTO, fields, LONGEST };
		char out[STAMPED_BYTES_MAX], *suffix = guard_page_copy(out, LSP_STAMP_MAX_BYTES);
		size_t n = lsp_stamp_suffix(&style, &known, suffix);

		stamp_line(&style, &known, "x", 1, out);
		cr_expect_eq(n, strlen(out) - 1);
		cr_expect_arr_eq(suffix, out + 1, n);
	}
}

Test(stamp, no_insertion_is_longer_than_its_room)
{
	static const char *const lines[] = { "x", "{}", "{\"a\":1}", HEADER "- x" };

	for (uint8_t fields = 0; fields < LSP_FIELDS_N; fields++)
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
			struct lsp_stamp_style style = { LSP_FORMAT_AUTO, fields, LONGEST };
			struct lsp_insert *in = (void *)(guard_page_copy(&style, sizeof(style)) +
							 sizeof(style) - sizeof(*in));

			cr_assert_eq(lsp_stamp_line(&style, &known, lines[i], strlen(lines[i]), in),
				LSP_KEEP_NOT);
			cr_expect_leq(in->len, LSP_STAMP_MAX_BYTES);
		}
}
