/* Sealing: a hot partition, once nothing is added to it any more, into a file whose rows are
 * grouped by trace and compressed. The new file is written beside, made durable and renamed; then
 * the hot one goes. While both are there the sealed one counts, so a death at any moment neither
 * loses rows nor shows them twice. */
#ifndef LSP_STORE_SQLITE_SEAL_H
#define LSP_STORE_SQLITE_SEAL_H

#include "hot_index.h"

#include <stdatomic.h>

/* Writes the sealed form of the hot partition behind `hot` to a new file at path. index: of the hot
 * partition; filled if need be. stop: ends it early, with -EINTR. Returns 0 when the file is
 * durable, else -errno (of damage in the hot one: -EUCLEAN) and there is no file. */
int lsp_seal_write(
	sqlite3 *hot, struct lsp_hot_index *index, const char *path, const atomic_bool *stop);

#endif
