/* A quick look at a line: most lines name no trace, and that is all there is to say of them.
 * Private to lib/wire. */
#ifndef LSP_WIRE_LOG_LOOK_H
#define LSP_WIRE_LOG_LOOK_H

#include "../model/slice.h"

#define LSP_LOG_SEES_NAME    1u /* "trace" in any case, or "b3": each name of an id has one */
#define LSP_LOG_SEES_BRACKET 2u

unsigned lsp_log_look(struct lsp_slice line);

#endif
