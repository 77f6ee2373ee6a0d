#include "lib/wire/otlp_proto.h"
#include "otlp_fixture.h"

static struct lsp_otlp_result result;

static void fresh(void)
{
	memset(&result, '#', sizeof(result));
}

TestSuite(otlp_answer, .init = fresh);

Test(otlp_answer, counts_data_points_of_every_kind_of_metric)
{
	static const unsigned kinds[] = { 5, 7, 9, 10, 11 };
	struct wire w = { 0 }, resources = { 0 }, scopes = { 0 };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct wire metric = { 0 }, points = { 0 };

		wire_text(&metric, 1, "requests");
		wire_text(&points, 1, "");
		wire_text(&points, 1, "");
		wire_varint(&points, 2, 1);
		wire_put(&metric, kinds[i], &points);
		wire_put(&scopes, 2, &metric);
	}
	wire_put(&resources, 2, &scopes);
	wire_put(&w, 1, &resources);
	cr_assert_eq(lsp_otlp_proto_metrics(wire_slice(&w), &result), 0);
	cr_expect_eq(result.rejected, 10);
	cr_expect_eq(result.accepted, 0);
	cr_expect_neq(result.message[0], 0);
	w.n--;
	cr_expect_eq(lsp_otlp_proto_metrics(wire_slice(&w), &result), -EBADMSG);
}

#define EXPECT_BYTES(buf, text)                                                                    \
	do {                                                                                       \
		cr_expect_eq((buf).len, sizeof(text) - 1);                                         \
		cr_expect((buf).len != sizeof(text) - 1 ||                                         \
			  memcmp((buf).at ? (buf).at : "", text, sizeof(text) - 1) == 0);          \
	} while (0)

Test(otlp_answer, answers_full_success_with_nothing)
{
	struct lsp_otlp_result full = { .accepted = 5 };
	struct lsp_buf out;

	lsp_buf_init(&out, 1000);
	cr_expect_eq(lsp_otlp_proto_response(&out, &full), 0);
	EXPECT_BYTES(out, "");
	lsp_buf_release(&out);
}

Test(otlp_answer, answers_what_was_rejected_and_why)
{
	struct lsp_otlp_result partial = { .rejected = 300, .message = "why" },
			       warning = { .accepted = 1, .message = "hm" };
	struct lsp_buf out;

	lsp_buf_init(&out, 1000);
	cr_expect_eq(lsp_otlp_proto_response(&out, &partial), 0);
	EXPECT_BYTES(out, "\x0a\x08\x08\xac\x02\x12\x03why");
	lsp_buf_clear(&out);
	cr_expect_eq(lsp_otlp_proto_response(&out, &warning), 0);
	EXPECT_BYTES(out, "\x0a\x04\x12\x02hm");
	lsp_buf_clear(&out);
	cr_expect_eq(lsp_otlp_proto_status(&out, 3, "bad"), 0);
	EXPECT_BYTES(out, "\x08\x03\x12\x03"
			  "bad");
	lsp_buf_release(&out);
	lsp_buf_init(&out, 5);
	cr_expect_eq(lsp_otlp_proto_response(&out, &partial), -E2BIG);
	lsp_buf_release(&out);
}
