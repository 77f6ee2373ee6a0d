/* `linespan lint` for people. */
#ifndef LSP_SIDECAR_LINT_TEXT_H
#define LSP_SIDECAR_LINT_TEXT_H

#include "term.h"
#include "../lib/model/buf.h"

#include <jansson.h>

/* Appends the answer as text. Returns 0, -E2BIG, -ENOMEM. */
int lsp_lint_text(struct lsp_buf *out, const struct lsp_term *term, const json_t *json);

#endif
