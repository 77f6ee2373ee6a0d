#include "otlp_findings.h"
#include "../core/hex.h"

#include <inttypes.h>
#include <stdio.h>

#define YEAR_2000_NS 946684800000000000u

_Static_assert((int)LSP_OTLP_FINDINGS_N <= LSP_OTLP_FINDINGS_MAX, "a place for each kind");

static const struct {
	const char *one, *many, *advice;
} texts[] = {
#define X(id, one, many, advice) [LSP_OTLP_##id] = { one, many, advice },
	LSP_OTLP_FINDINGS(X)
#undef X
};

void lsp_otlp_find_bad_id(struct lsp_otlp_result *r, enum lsp_otlp_finding kind, const char *id,
	size_t len, size_t want, bool unread)
{
	struct lsp_otlp_found *f = &r->found[kind];
	if (f->n++ == 0) {
		f->id = id;
		f->id_bytes = len;
		f->want_bytes = (uint8_t)want;
		f->unread = unread;
	}
}

static void find(struct lsp_otlp_result *r, enum lsp_otlp_finding kind, const uint8_t *span_id)
{
	struct lsp_otlp_found *f = &r->found[kind];
	if (f->n++ == 0 && span_id)
		memcpy(f->span_id, span_id, LSP_SPAN_ID_BYTES);
}

/* "unknown_service" is what SDKs write when nobody has set a name. */
static bool is_nameless(struct lsp_slice service)
{
	static const struct lsp_slice unset = { "unknown_service", 15 };
	return service.len == 0 ||
	       (service.len >= unset.len && memcmp(service.at, unset.at, unset.len) == 0);
}

void lsp_otlp_judge_span(struct lsp_otlp_result *r, const struct lsp_span_row *row,
	const struct lsp_origin *origin, uint64_t dropped)
{
	const uint8_t *id = row->span_id;
	if (memcmp(row->parent_span_id, id, LSP_SPAN_ID_BYTES) == 0)
		find(r, LSP_OTLP_PARENT_SELF, id);
	if (row->start_ns == 0)
		find(r, LSP_OTLP_NO_START, id);
	else if (row->start_ns < YEAR_2000_NS)
		find(r, LSP_OTLP_OLD, id);
	if (row->end_ns == 0)
		find(r, LSP_OTLP_NO_END, id);
	else if (row->end_ns < row->start_ns)
		find(r, LSP_OTLP_ENDS_EARLY, id);
	if (is_nameless(origin->service))
		find(r, LSP_OTLP_NO_SERVICE, id);
	if (row->name.len == 0)
		find(r, LSP_OTLP_NO_NAME, id);
	if (dropped)
		find(r, LSP_OTLP_SPAN_DROPPED, id);
}

void lsp_otlp_judge_log(struct lsp_otlp_result *r, const struct lsp_log_row *row,
	const struct lsp_origin *origin, uint64_t dropped, bool traceless)
{
	if (traceless)
		find(r, LSP_OTLP_LOG_TRACELESS, NULL);
	if (row->time_ns == 0)
		find(r, LSP_OTLP_LOG_NO_TIME, NULL);
	else if (row->time_ns < YEAR_2000_NS)
		find(r, LSP_OTLP_OLD, NULL);
	if (is_nameless(origin->service))
		find(r, LSP_OTLP_NO_SERVICE, NULL);
	if (dropped)
		find(r, LSP_OTLP_LOG_DROPPED, NULL);
}

/* ---- the sentences --------------------------------------------------------------------------- */

static void put_wrong_id(char *to, size_t cap, const struct lsp_otlp_found *f)
{
	if (f->unread)
		snprintf(to, cap, "%s is not %u hex digits", f->id, 2u * f->want_bytes);
	else if (f->id_bytes == f->want_bytes)
		snprintf(to, cap, "%s is all zero", f->id);
	else
		snprintf(to, cap, "%s has %zu bytes, not %u", f->id, f->id_bytes, f->want_bytes);
}

static void put_first(char *to, size_t cap, const struct lsp_otlp_found *f)
{
	static const uint8_t none[LSP_SPAN_ID_BYTES];
	char hex[2 * LSP_SPAN_ID_BYTES];
	*to = 0;
	if (memcmp(f->span_id, none, sizeof(none)) == 0)
		return;
	lsp_hex_encode(hex, f->span_id, LSP_SPAN_ID_BYTES);
	snprintf(to, cap, " (%s%.*s)", f->n > 1 ? "first: " : "", (int)sizeof(hex), hex);
}

void lsp_otlp_findings_say(struct lsp_otlp_result *r, const char *what)
{
	static const char more[] = "; and more";
	size_t used = 0;
	r->message[0] = 0;
	for (size_t kind = 0; kind < LSP_OTLP_FINDINGS_N; kind++) {
		const struct lsp_otlp_found *f = &r->found[kind];
		char wrong_id[64] = "", first[32], sentence[256];
		if (f->n == 0)
			continue;
		if (f->id)
			put_wrong_id(wrong_id, sizeof(wrong_id), f);
		put_first(first, sizeof(first), f);
		int n = snprintf(sentence, sizeof(sentence),
			"%s%" PRIu64 " of %" PRIu64 " %s %s%s: %s", used ? "; " : "", f->n,
			r->accepted + r->rejected, what,
			f->n == 1 ? texts[kind].one : texts[kind].many, first,
			f->id ? wrong_id : texts[kind].advice);
		if (used + (size_t)n + sizeof(more) > sizeof(r->message)) {
			memcpy(r->message + used, more, sizeof(more));
			return;
		}
		memcpy(r->message + used, sentence, (size_t)n + 1);
		used += (size_t)n;
	}
}
