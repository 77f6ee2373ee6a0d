/* JSON as text, fast: what json_dumps() does with JSON_COMPACT, at a tenth of its cost (which looks
 * for loops in what cannot have any, and writes byte by byte). */
#ifndef LSP_SIDECAR_JSON_WRITE_H
#define LSP_SIDECAR_JSON_WRITE_H

#include "../lib/model/buf.h"

#include <jansson.h>
#include <stdio.h>

/* Appends a tree of values, which must not contain itself. Members stand in the order in which they
 * were set. Returns 0, -E2BIG, -ENOMEM; -EINVAL deeper than 1000 levels. */
int lsp_json_write(struct lsp_buf *out, const json_t *json);

/* The same to a stream, with a newline behind it. Returns 0 or -errno. */
int lsp_json_print(FILE *out, const json_t *json);

#endif
