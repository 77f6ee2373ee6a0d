/* An explanation for people, from the JSON of `explain`. */
#ifndef LSP_SIDECAR_EXPLAIN_TEXT_H
#define LSP_SIDECAR_EXPLAIN_TEXT_H

#include "term.h"
#include "../lib/model/buf.h"
#include <jansson.h>

/* Appends the whole text. Members that are missing or of another type are left out. Returns 0,
 * -E2BIG, -ENOMEM. */
int lsp_explain_text(struct lsp_buf *out, const struct lsp_term *term, const json_t *json);

#endif
