/* Names for the frames of an error record, by `linespan symbolize` in a process of its own: with
 * the rights of the user whose program it was, and not for long. */
#ifndef LSP_SIDECAR_FRAMES_H
#define LSP_SIDECAR_FRAMES_H

#include "../lib/model/buf.h"
#include <stdint.h>

/* Appends to out the text with names. Some tens of milliseconds, at most a second; at most ten
 * records in a burst and two a second after that, none for a minute after one that took the whole
 * second: neither a crash storm nor a crafted object holds up the rings.
 * Returns 0; or -EAGAIN, -ETIMEDOUT, -EIO, -ENOMEM: then the raw text is what there is. For one
 * thread. */
int lsp_frames_name(void *unused, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out);

#endif
