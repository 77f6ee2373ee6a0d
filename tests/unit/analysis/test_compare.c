/* Which service is to blame, on windows made by hand. */
#include "lib/analysis/compare/compare.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Rows say only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define MS     1000000ull
#define TRACES 40

static struct lsp_vocabulary vocabulary;
static struct lsp_window windows[2]; /* baseline, incident */
static struct lsp_window *w; /* the one that is filled */
static uint64_t next_id;

static void set_up(void)
{
	next_id = 1;
	lsp_vocabulary_init(&vocabulary);
	for (int i = 0; i < 2; i++)
		lsp_window_init(&windows[i], &vocabulary);
}

static void tear_down(void)
{
	for (int i = 0; i < 2; i++)
		lsp_window_release(&windows[i]);
	lsp_vocabulary_release(&vocabulary);
}

static void put_id(uint8_t *to, uint64_t n)
{
	memcpy(to, &n, sizeof(n));
}

/* A span, from `from_ms` on; returns its id. parent 0: a root. */
static uint64_t span(uint64_t trace, uint64_t parent, const char *service, const char *name,
	double from_ms, double ms, bool failed)
{
	struct lsp_span_row row = { .start_ns = (uint64_t)(from_ms * (double)MS) + MS,
		.status = failed ? LSP_STATUS_ERROR : LSP_STATUS_UNSET,
		.name = lsp_slice_of(name) };
	row.end_ns = row.start_ns + (uint64_t)(ms * (double)MS);
	put_id(row.trace_id + 8, trace + 1);
	put_id(row.span_id, next_id);
	put_id(row.parent_span_id, parent);
	cr_assert_eq(lsp_window_add_span(w, &row, lsp_slice_of(service), 0), 0);
	return next_id++;
}

static void record(
	uint64_t trace, uint64_t span_id, const char *service, const char *body, unsigned severity)
{
	struct lsp_log_row row = { .severity = (uint8_t)severity, .body = lsp_slice_of(body) };
	if (span_id)
		put_id(row.trace_id + 8, trace + 1);
	put_id(row.span_id, span_id);
	cr_assert_eq(lsp_window_add_log(w, &row, lsp_slice_of(service)), 0);
}

/* What one request does: gateway -> auth, gateway -> shop -> bank. */
struct story {
	double shop_ms, auth_way_ms, shop_way_ms, bank_way_ms;
	bool bank_fails, bank_is_silent, no_check;
	const char *shop_says;
	bool gateway_fails;
};

static const struct story well = { 5, 1, 1, 1, false, false, false, "order 12 placed" };

static void tell(uint64_t trace, const struct story *s)
{
	double jitter = (double)(trace % 5) / 10;
	double bank = s->bank_is_silent ? 0 : 3;
	double shop = s->shop_ms + jitter + bank + s->bank_way_ms;
	double all = 10 + shop + s->shop_way_ms + s->auth_way_ms;
	uint64_t root =
		span(trace, 0, "gateway", "GET /buy", 0, all, s->bank_fails || s->gateway_fails);
	uint64_t call = span(trace, root, "gateway", "call auth", 1, 2 + s->auth_way_ms, false);
	span(trace, call, "auth", "check", 1 + s->auth_way_ms / 2, 2, false);
	call = span(trace, root, "gateway", "call shop", 5, shop + s->shop_way_ms, s->bank_fails);
	uint64_t order =
		span(trace, call, "shop", "order", 5 + s->shop_way_ms / 2, shop, s->bank_fails);
	if (!s->no_check)
		span(trace, order, "shop", "check stock", 5.5 + s->shop_way_ms / 2, 0.5, false);
	call = span(trace, order, "shop", "call bank", 7 + s->shop_way_ms / 2,
		bank + s->bank_way_ms, s->bank_fails);
	if (!s->bank_is_silent)
		span(trace, call, "bank", "pay", 7 + s->shop_way_ms / 2 + s->bank_way_ms / 2, 3,
			s->bank_fails);
	if (s->shop_says)
		record(trace, order, "shop", s->shop_says, 9);
}

static void fill(int window, const struct story *s, uint64_t every, const struct story *else_s)
{
	w = &windows[window];
	for (uint64_t i = 0; i < TRACES; i++)
		tell((uint64_t)window * 1000 + i, i % every == 0 ? s : else_s);
}

static json_t *compared(void)
{
	json_t *json = NULL;
	for (int i = 0; i < 2; i++)
		cr_assert_eq(lsp_window_finish(&windows[i]), 0);
	cr_assert_eq(lsp_compare(&windows[0], &windows[1], &json), 0);
	return json;
}

static const char *text_at(const json_t *json, size_t i, const char *key)
{
	const json_t *services = json_object_get(json, "services");
	const char *text = json_string_value(json_object_get(json_array_get(services, i), key));
	return text ? text : "(none)";
}

static bool says(const json_t *json, const char *words)
{
	const json_t *service = json_array_get(json_object_get(json, "services"), 0);
	const json_t *reasons = json_object_get(service, "reasons");
	for (size_t i = 0; i < json_array_size(reasons); i++)
		if (strstr(json_string_value(json_array_get(reasons, i)), words))
			return true;
	return false;
}

static const struct {
	const char *what;
	struct story incident;
	uint64_t every; /* one in so many requests has it */
	const char *service, *words;
} cases[] = {
	{ "own time", { 80, 1, 1, 1, false, false, false, "order 1 placed" }, 1, "shop",
		"order: its own work takes longer: " },
	{ "own time of one request in four",
		{ 200, 1, 1, 1, false, false, false, "order 1 placed" }, 4, "shop",
		"its own work" },
	{ "the way to one service", { 5, 1, 90, 1, false, false, false, "order 1 placed" }, 1,
		"shop", "the way from gateway to shop takes longer" },
	{ "all ways of one service", { 5, 60, 60, 1, false, false, false, "order 1 placed" }, 1,
		"gateway", "the way from gateway to " },
	{ "an error passes through three services",
		{ 5, 1, 1, 1, true, false, false, "order 1 placed" }, 2, "bank",
		"pay: new errors: 20 of 40 calls (before: 0 of 40)" },
	{ "a service that does not answer", { 5, 1, 1, 1, false, true, false, "order 1 placed" }, 1,
		"bank", "no more spans of bank below it: 0 of 40 calls (before: 40 of 40)" },
	{ "a step that is left out", { 5, 1, 1, 1, false, false, true, "order 1 placed" }, 2,
		"shop", "fewer calls of check stock: 20 of 40 calls (before: 40 of 40)" },
	{ "a caller that fails by what it was given",
		{ 5, 1, 1, 1, false, false, true, "order 1 placed", .gateway_fails = true }, 2,
		"shop", "fewer calls of check stock" },
	{ "a caller that fails by itself",
		{ 5, 1, 1, 1, false, false, false, "order 1 placed", .gateway_fails = true }, 2,
		"gateway", "GET /buy: new errors" },
	{ "a log line that is missing", { 5, 1, 1, 1, false, false, false, NULL }, 1, "shop",
		"no more log lines like \"order * placed\"" },
	{ "a log line that is new",
		{ 5, 1, 1, 1, false, false, false, "stock is negative, taking the other branch" },
		1, "shop", "new log lines like \"stock is negative" },
};

Test(compare, names_the_service_that_explains_it, .init = set_up, .fini = tear_down)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fill(0, &well, 1, &well);
		fill(1, &cases[i].incident, cases[i].every, &well);
		json_t *json = compared();
		char *dump = json_dumps(json_object_get(json, "services"), JSON_INDENT(1));
		cr_assert_str_eq(text_at(json, 0, "service"), cases[i].service, "%s: %s",
			cases[i].what, dump);
		cr_assert(says(json, cases[i].words), "%s: %s", cases[i].what, dump);
		free(dump);
		json_decref(json);
		tear_down();
		set_up();
	}
}

Test(compare, finds_nothing_between_equal_windows, .init = set_up, .fini = tear_down)
{
	fill(0, &well, 1, &well);
	fill(1, &well, 1, &well);
	json_t *json = compared();
	cr_assert_eq(json_array_size(json_object_get(json, "services")), 0);
	json_decref(json);
}

Test(compare, what_became_better_explains_nothing, .init = set_up, .fini = tear_down)
{
	struct story bad = well;
	bad.shop_ms = 90;
	bad.bank_fails = true;
	fill(0, &bad, 3, &well);
	fill(1, &well, 1, &well);
	json_t *json = compared();
	cr_assert_eq(json_array_size(json_object_get(json, "services")), 0);
	json_decref(json);
}

Test(compare, gives_examples_of_the_incident, .init = set_up, .fini = tear_down)
{
	struct story slow = well;
	slow.shop_ms = 300;
	fill(0, &well, 1, &well);
	fill(1, &slow, TRACES, &well); /* only the first request */
	for (int i = 0; i < 3; i++)
		tell(2000 + (uint64_t)i, &slow);
	json_t *json = compared();
	const json_t *service = json_array_get(json_object_get(json, "services"), 0);
	const char *id = json_string_value(json_array_get(json_object_get(service, "traces"), 0));
	cr_assert_neq(id, NULL);
	cr_assert_eq(strlen(id), 32);
	json_decref(json);
}

Test(compare, log_records_without_spans_are_compared, .init = set_up, .fini = tear_down)
{
	for (int window = 0; window < 2; window++) {
		w = &windows[window];
		for (int i = 0; i < 60; i++)
			record(0, 0, "cron", "job 5 done", 9);
		for (int i = 0; window && i < 20; i++)
			record(0, 0, "cron", "cannot lock the spool file", 17);
	}
	json_t *json = compared();
	cr_assert_str_eq(text_at(json, 0, "service"), "cron");
	cr_assert(says(json, "cannot lock the spool file"));
	cr_assert_eq(json_array_size(json_object_get(json, "notes")), 2); /* no spans */
	json_decref(json);
}

Test(compare, windows_may_be_empty, .init = set_up, .fini = tear_down)
{
	json_t *json = compared();
	cr_assert_eq(json_array_size(json_object_get(json, "services")), 0);
	cr_assert_eq(json_array_size(json_object_get(json, "notes")), 2);
	json_decref(json);
}

Test(compare, circles_of_parents_end, .init = set_up, .fini = tear_down)
{
	for (int window = 0; window < 2; window++) {
		w = &windows[window];
		uint64_t next = next_id + 1;
		uint64_t first = span(1, next, "a", "x", 0, 5, true);
		span(1, first, "b", "y", 0, 5, true);
		uint64_t self = next_id;
		span(1, self, "c", "z", 0, 5, true);
	}
	json_decref(compared());
}

Test(window, keeps_whole_traces_when_there_are_too_many, .init = set_up, .fini = tear_down,
	.timeout = 60)
{
	w = &windows[1];
	for (uint64_t trace = 0; trace < LSP_WINDOW_RECORDS_MAX / 2; trace++) {
		uint64_t root = span(trace, 0, "a", "x", 0, 5, false);
		span(trace, root, "a", "y", 1, 2, false);
		span(trace, root, "a", "z", 3, 1, false);
	}
	cr_assert_eq(lsp_window_finish(w), 0);
	cr_assert_leq(w->n_spans, LSP_WINDOW_RECORDS_MAX);
	cr_assert_gt(w->n_spans, LSP_WINDOW_RECORDS_MAX / 8);
	uint32_t roots = 0;
	for (uint32_t i = 0; i < w->n_spans; i++)
		roots += w->spans[i].parent == LSP_INTERN_NONE;
	cr_assert_eq(roots * 3, w->n_spans);
}

Test(window, a_span_that_came_twice_counts_once, .init = set_up, .fini = tear_down)
{
	w = &windows[0];
	uint64_t root = span(1, 0, "shop", "GET /", 0, 10, false);
	span(1, root, "shop", "work", 1, 2, false);
	next_id = root;
	span(1, 0, "shop", "GET /", 0, 15, true); /* the same once more, when it had ended */
	span(1, root, "shop", "work", 1, 1, false);
	cr_assert_eq(lsp_window_finish(w), 0);
	cr_expect_eq(w->n_spans, 2);
	cr_expect_eq(w->seen_spans, 2);
	cr_expect_eq(w->spans[0].end_ns - w->spans[0].start_ns, 15 * MS);
	cr_expect(w->spans[0].failed);
	cr_expect_eq(w->spans[1].end_ns - w->spans[1].start_ns, 2 * MS);
	cr_expect_eq(w->spans[0].n_kids, 1);
	cr_expect_eq(w->spans[1].parent, 0);
}
