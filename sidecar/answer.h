/* An answer in JSON on its way to a person or a program: the last step of look-ups. */
#ifndef LSP_SIDECAR_ANSWER_H
#define LSP_SIDECAR_ANSWER_H

#include "options.h"
#include "term.h"
#include "../lib/model/buf.h"

#include <jansson.h>

/* Prints json: compact on one line, or as text, made by to_text, through the pager. Returns
 * `status`, or the status for an error that it has said. */
int lsp_answer_print(const struct lsp_options_spec *spec, const json_t *json, bool as_json,
	int (*to_text)(struct lsp_buf *out, const struct lsp_term *term, const json_t *json),
	int status);

#endif
