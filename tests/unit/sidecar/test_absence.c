#include "sidecar/absence.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define NOW 1790000000000000000u

Test(absence, says_how_an_id_was_read)
{
	static const struct {
		const char *text, *wanted; /* part of the answer; "" when there is none */
	} ids[] = {
		{ "4bf92f3577b34da6a3ce929d0e0e4736", "" },
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "not sampled" },
		{ "traceparent=\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\"",
			"not sampled" },
		{ "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "" },
		{ "1-5759e988-bd862e3fe1be46a994272793", "made at 2016-06-09T22:11:20Z" },
		{ "11803532876627986230", "\"11803532876627986230\" was read as a decimal" },
		{ "dd.trace_id=11803532876627986230", "decimal" },
		{ "a3ce929d0e0e4736", "64 bits" },
		{ "", "" },
		{ "=", "" },
	};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char out[LSP_ABSENCE_CHARS];
		lsp_absence_of_trace(out, lsp_slice_of(ids[i].text), NOW);
		cr_expect(*ids[i].wanted ? strstr(out, ids[i].wanted) != NULL : out[0] == 0,
			"%s: %s", ids[i].text, out);
	}
}

static const char *of_spans(const char *body, uint64_t time_ns)
{
	static char out[LSP_ABSENCE_CHARS];
	struct lsp_trace *t = lsp_trace_new();
	struct lsp_log *l = lsp_trace_add_log(t);
	l->body = strdup(body);
	l->body_bytes = strlen(body);
	l->time_ns = time_ns;
	lsp_absence_of_spans(out, t, NOW);
	lsp_trace_free(t);
	return out;
}

Test(absence, says_why_spans_are_missing)
{
	cr_expect(strstr(of_spans("x", NOW - 1000), "may not have arrived yet"));
	cr_expect(strstr(of_spans("x", NOW - 1000000000000), "were not sent or sampled out"));
	cr_expect(strstr(of_spans("{\"trace_flags\":\"00\"}", NOW), "as its logs say"));
	cr_expect(strstr(of_spans("x trace_flags=01", NOW - 1000000000000), "not sent"));
}
