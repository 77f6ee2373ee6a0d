/* Compressed request bodies: gzip (RFC 1952, several members, too) and zstd (RFC 8878, several
 * frames, too), in memory, with a ceiling on what comes out. */
#ifndef LSP_SIDECAR_UNPACK_H
#define LSP_SIDECAR_UNPACK_H

#include "../lib/model/buf.h"

enum lsp_encoding { LSP_ENCODING_NONE, LSP_ENCODING_GZIP, LSP_ENCODING_ZSTD };

/* A Content-Encoding header: NULL, "", "identity", "gzip", "x-gzip" or "zstd", in any case. Returns
 * 0, -EOPNOTSUPP for others and lists of several. */
int lsp_encoding_parse(enum lsp_encoding *ret, const char *header);

/* Appends what the bytes unpack to. The ceiling is that of out. Returns 0, -E2BIG over the ceiling,
 * -EBADMSG for bytes that are damaged, cut or followed by others, -ENOMEM. On failure out holds
 * some of it. NONE copies. */
int lsp_unpack(struct lsp_buf *out, enum lsp_encoding encoding, struct lsp_slice packed);

#endif
