#include "result.h"

static void put_big_endian(uint8_t *out, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(out, &value, sizeof(value));
}

void lsp_result_set_trace_id(struct lsp_trace *t, const struct lsp_trace_key *key)
{
	struct lsp_trace_key best = *key, other;

	for (size_t i = 0; best.high == 0 && i < t->n_spans; i++) {
		lsp_trace_key_of(&other, t->spans[i].trace_id);
		best.high = other.high;
	}
	for (size_t i = 0; best.high == 0 && i < t->n_logs; i++) {
		lsp_trace_key_of(&other, t->logs[i].trace_id);
		best.high = other.high;
	}
	put_big_endian(t->trace_id, best.high);
	put_big_endian(t->trace_id + 8, best.low);
}

void lsp_result_summarize(const struct lsp_trace *t, struct lsp_trace_summary *ret)
{
	uint64_t end = 0;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->trace_id, t->trace_id, LSP_TRACE_ID_BYTES);
	ret->n_spans = t->n_spans;
	ret->start_ns = t->spans[0].start_ns;
	ret->root_service = t->spans[0].service;
	ret->root_name = t->spans[0].name;
	for (size_t i = 0; i < t->n_spans; i++) {
		end = t->spans[i].end_ns > end ? t->spans[i].end_ns : end;
		ret->n_errors += t->spans[i].status == LSP_STATUS_ERROR;
	}
	ret->duration_ns = end > ret->start_ns ? end - ret->start_ns : 0;
}
