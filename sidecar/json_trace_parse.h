/* The JSON of `show` and the LOG objects back into the model. What a foreign server sends may be
 * anything: members that are missing or of another type are taken as empty. */
#ifndef LSP_SIDECAR_JSON_TRACE_PARSE_H
#define LSP_SIDECAR_JSON_TRACE_PARSE_H

#include "../lib/model/trace.h"

/* Returns 0 and a finished trace, -EBADMSG when it is no such document, -ENOMEM. */
int lsp_json_trace_parse(struct lsp_trace **ret, const json_t *json);

/* Fills a zeroed log, to be given to lsp_log_release() whatever is returned: 0, -EBADMSG when it is
 * not an object, -ENOMEM. */
int lsp_json_log_parse(struct lsp_log *ret, const json_t *json);

#endif
