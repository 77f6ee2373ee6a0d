/* A trace in a list of traces, as JSON and back:
 *	{"trace_id":"…","start_unix_nano":"…","duration_ns":N,"service":"…","name":"…","spans":N,
 *	 "errors":N}
 * service and name are those of the earliest span. */
#ifndef LSP_SIDECAR_JSON_SUMMARY_H
#define LSP_SIDECAR_JSON_SUMMARY_H

#include "../lib/store/store.h"

#include <jansson.h>

/* A new reference, or NULL without memory. */
json_t *lsp_json_summary(const struct lsp_trace_summary *t);

/* The strings of *ret live as long as json. Returns 0 or -EBADMSG (*ret is then untouched). */
int lsp_json_summary_parse(struct lsp_trace_summary *ret, const json_t *json);

#endif
