/* Files of a few kilobytes that an operator names: certificates, keys, tokens. */
#ifndef LSP_SIDECAR_SMALL_FILE_H
#define LSP_SIDECAR_SMALL_FILE_H

#include "../lib/model/buf.h"

#define LSP_SMALL_FILE_BYTES_MAX (1u << 20)

/* Appends the file's bytes to an empty buffer, whose ceiling it sets. Returns 0, -errno of open()
 * or read(), -EISDIR, -E2BIG over the ceiling, -ENOMEM; ret is empty then. */
int lsp_small_file_read(struct lsp_buf *ret, const char *path);

#endif
