/* Any bytes as the body of a unary call, in pieces: what is taken is what came behind the prefix,
 * whole, and never over the ceiling. */
#include "lib/wire/grpc.h"

#include <stdlib.h>
#include <string.h>

#define CEILING 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 1)
		return 0;
	size_t step = data[0] ? data[0] : 1, at = 1;
	struct lsp_grpc_frame f;
	int rc = 0;
	lsp_grpc_frame_init(&f, CEILING);
	while (rc == 0 && at < n) {
		size_t piece = n - at < step ? n - at : step;
		rc = lsp_grpc_frame_add(&f, data + at, piece);
		at += piece;
	}
	if (f.message.len > CEILING)
		abort();
	if (rc == 0 && lsp_grpc_frame_end(&f) == 0 &&
		(f.message.len != n - 1 - LSP_GRPC_PREFIX_BYTES ||
			(f.message.len && memcmp(f.message.at, data + 1 + LSP_GRPC_PREFIX_BYTES,
						  f.message.len) != 0)))
		abort();
	lsp_grpc_frame_release(&f);
	return 0;
}
