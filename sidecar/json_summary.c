#include "json_summary.h"
#include "../lib/core/hex.h"
#include "../lib/wire/otlp_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *text(const char *s)
{
	return lsp_otlp_string_json(lsp_slice_of(s ? s : ""));
}

json_t *lsp_json_summary(const struct lsp_trace_summary *t)
{
	char id[LSP_TRACE_ID_HEX], start[24];
	lsp_hex_encode(id, t->trace_id, LSP_TRACE_ID_BYTES);
	snprintf(start, sizeof(start), "%" PRIu64, t->start_ns);
	return json_pack("{s:s%, s:s, s:I, s:o, s:o, s:I, s:I}", "trace_id", id,
		(size_t)LSP_TRACE_ID_HEX, "start_unix_nano", start, "duration_ns",
		(json_int_t)t->duration_ns, "service", text(t->root_service), "name",
		text(t->root_name), "spans", (json_int_t)t->n_spans, "errors",
		(json_int_t)t->n_errors);
}

int lsp_json_summary_parse(struct lsp_trace_summary *ret, const json_t *json)
{
	struct lsp_trace_summary t = { 0 };
	const char *id, *start;
	json_int_t duration, spans, errors;
	char *end;
	if (json_unpack((json_t *)json, "{s:s, s:s, s:I, s:s, s:s, s:I, s:I}", "trace_id", &id,
		    "start_unix_nano", &start, "duration_ns", &duration, "service", &t.root_service,
		    "name", &t.root_name, "spans", &spans, "errors", &errors))
		return -EBADMSG;
	if (strlen(id) != LSP_TRACE_ID_HEX || lsp_hex_decode(t.trace_id, id, LSP_TRACE_ID_BYTES) ||
		duration < 0 || spans < 0 || errors < 0 || *start < '0' || *start > '9')
		return -EBADMSG;
	errno = 0;
	t.start_ns = strtoull(start, &end, 10);
	if (errno || *end)
		return -EBADMSG;
	t.duration_ns = (uint64_t)duration;
	t.n_spans = (uint64_t)spans;
	t.n_errors = (uint64_t)errors;
	*ret = t;
	return 0;
}
