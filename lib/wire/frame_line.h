/* One frame of an error record, as the shim writes it: "PATH+0xOFFSET", and the object's build id
 * in hex behind a space when it has one. */
#ifndef LSP_WIRE_FRAME_LINE_H
#define LSP_WIRE_FRAME_LINE_H

#include "../model/slice.h"
#include <stdint.h>

#define LSP_FRAME_PATH_BYTES     1024
#define LSP_FRAME_BUILD_ID_CHARS 64

struct lsp_frame_line {
	char path[LSP_FRAME_PATH_BYTES];
	uint64_t offset;
	char build_id[LSP_FRAME_BUILD_ID_CHARS + 1]; /* "": none */
};

/* The line has no newline. Returns 0, or -EINVAL with ret untouched. */
int lsp_frame_line_parse(struct lsp_frame_line *ret, struct lsp_slice line);

#endif
