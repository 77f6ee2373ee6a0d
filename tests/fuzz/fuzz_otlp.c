/* Any bytes as OTLP, protobuf and JSON, and as Zipkin's spans: rows are taken or the body refused;
 * what was taken can be stripped, decoded and looked at. */
#include "lib/wire/otlp_attr_hash.h"
#include "lib/wire/otlp_attrs.h"
#include "lib/wire/otlp_decode.h"
#include "lib/wire/otlp_json.h"
#include "lib/wire/otlp_match.h"
#include "lib/wire/otlp_strip.h"
#include "lib/wire/zipkin.h"

#include <stdlib.h>

static void see(void *arg, struct lsp_slice key, struct lsp_slice value)
{
	volatile size_t *sum = arg;
	for (size_t i = 0; i < key.len; i++)
		*sum += (unsigned char)key.at[i];
	for (size_t i = 0; i < value.len; i++)
		*sum += (unsigned char)value.at[i];
}

/* Attributes of each type, asked for of whatever came in. */
static const struct lsp_attrs *wanted(void)
{
	static struct lsp_attrs a;
	static const char *const texts[] = { "a=b", "n=1", "d=0.5", "l=[1]", "error=true",
		"event.name=x", "b=AP8h" };
	for (size_t i = 0; a.n < sizeof(texts) / sizeof(texts[0]); i++)
		(void)lsp_attrs_add_text(&a, texts[i], '=');
	return &a;
}

static void see_hash(void *arg, uint32_t hash)
{
	*(size_t *)arg += hash;
}

static size_t matches(struct lsp_slice message, struct lsp_slice resource)
{
	size_t n = 0;
	for (size_t i = 0; i < wanted()->n; i++) {
		struct lsp_attrs one = { .at = { wanted()->at[i] }, .n = 1 };
		n += lsp_otlp_span_has(&one, message, resource, 0, 0);
		n += lsp_otlp_log_has(&one, message, resource);
		n += lsp_otlp_attr_may_be_in(&one.at[0], message);
	}
	lsp_otlp_span_hashes(message, see_hash, &n);
	lsp_otlp_log_hashes(message, see_hash, &n);
	lsp_otlp_resource_hashes(resource, see_hash, &n);
	return n;
}

static void use_spans(struct lsp_batch *b, struct lsp_trace *t, size_t *sum)
{
	struct lsp_buf rest;
	lsp_buf_init(&rest, 1u << 24);
	for (size_t i = 0; i < b->n_spans; i++) {
		struct lsp_slice encoded = b->spans[i].encoded;
		lsp_buf_clear(&rest);
		(void)lsp_otlp_strip_span(&rest, encoded);
		struct lsp_span *s = lsp_trace_add_span(t);
		(void)lsp_otlp_decode_span(s, (struct lsp_slice){ rest.at, rest.len });
		lsp_otlp_each_attr(encoded, LSP_ATTRS_SPAN, see, sum);
		*sum += matches(encoded, (struct lsp_slice){ rest.at, rest.len });
	}
	for (size_t i = 0; i < b->n_logs; i++) {
		lsp_buf_clear(&rest);
		(void)lsp_otlp_strip_log(&rest, b->logs[i].encoded, b->logs[i].body);
		*sum += matches(b->logs[i].encoded, (struct lsp_slice){ rest.at, rest.len });
		struct lsp_log *l = lsp_trace_add_log(t);
		(void)lsp_otlp_decode_log(l, (struct lsp_slice){ rest.at, rest.len });
	}
	for (size_t i = 0; i < b->n_origins; i++) {
		json_decref(lsp_otlp_decode_resource(b->origins[i].resource));
		lsp_otlp_each_attr(b->origins[i].resource, LSP_ATTRS_RESOURCE, see, sum);
	}
	lsp_buf_release(&rest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const readers[])(struct lsp_batch *, struct lsp_slice,
		struct lsp_otlp_result *) = { lsp_otlp_proto_traces, lsp_otlp_proto_logs,
		lsp_otlp_json_traces, lsp_otlp_json_logs, lsp_zipkin_spans };
	struct lsp_otlp_result result;
	size_t sum = 0;
	/* Exactly as long as it is, so that a byte too far is seen. */
	char *copy = malloc(size + !size);
	memcpy(copy, data, size);
	struct lsp_slice body = { copy, size };
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct lsp_batch b;
		struct lsp_trace *t = lsp_trace_new();
		lsp_batch_init(&b);
		if (readers[i](&b, body, &result) == 0)
			use_spans(&b, t, &sum);
		lsp_trace_free(t);
		lsp_batch_release(&b);
	}
	(void)lsp_otlp_proto_metrics(body, &result);
	(void)lsp_otlp_json_metrics(body, &result);
	free(copy);
	return 0;
}
