/* One stream of a program on its way through us: whole lines get the stamp and a record in the
 * ring; what is not text, pieces of lines and lines over 64 KiB pass as they are. */
#ifndef LSP_SIDECAR_PIPE_STREAM_H
#define LSP_SIDECAR_PIPE_STREAM_H

#include "../lib/core/ring.h"
#include "../lib/core/stamp.h"
#include <stdbool.h>

#define LSP_PIPE_LINE_BYTES 65536

/* What all streams of a program share. */
struct lsp_pipe_shared {
	struct lsp_stamp_style style;
	struct lsp_context context;
	bool has_context; /* else everything passes as it is */
	struct lsp_ring ring;
};

struct lsp_pipe_stream {
	int from, to; /* -1: ended */
	uint8_t channel;
	bool data; /* a byte of it was not text: it passes from now on */
	bool begun; /* the first part of the current line is out already */
	size_t held;
	char line[LSP_PIPE_LINE_BYTES];
};

/* Takes what is there to read. Returns 1, 0 at the end of the stream, -errno when its bytes cannot
 * be written on. */
int lsp_pipe_stream_pump(struct lsp_pipe_stream *s, struct lsp_pipe_shared *shared);

/* The program waits in the middle of a line (a prompt), or has ended: what is held goes out. */
int lsp_pipe_stream_flush(struct lsp_pipe_stream *s);

#endif
