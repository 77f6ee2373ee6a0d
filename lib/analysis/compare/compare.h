/* Which services and operations explain why one stretch of time was worse than another. */
#ifndef LSP_ANALYSIS_COMPARE_H
#define LSP_ANALYSIS_COMPARE_H

#include "../window/window.h"

#include <jansson.h>

/* Both windows are finished and share one vocabulary. *ret: the JSON of `compare`, with "traces"
 * (examples) beside each service's and operation's "reasons", and "notes". A score has no unit:
 * 0.1 is a hint, 0.5 is strong. Returns 0 or -ENOMEM. */
int lsp_compare(const struct lsp_window *baseline, const struct lsp_window *incident, json_t **ret);

#endif
