/* Frames of error records: any bytes; what is understood can be written and means the same. */
#include "lib/wire/frame_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_frame_line f, again;
	char text[2048];
	/* Exactly as long as it is, so that a byte too far is seen. */
	char *line = malloc(size + !size);
	memcpy(line, data, size);
	int rc = lsp_frame_line_parse(&f, (struct lsp_slice){ line, size });
	free(line);
	if (rc)
		return 0;
	snprintf(text, sizeof(text), "%s+0x%" PRIx64 "%s%s", f.path, f.offset,
		f.build_id[0] ? " " : "", f.build_id);
	if (lsp_frame_line_parse(&again, lsp_slice_of(text)) || strcmp(f.path, again.path) != 0 ||
		f.offset != again.offset || strcmp(f.build_id, again.build_id) != 0)
		abort();
	return 0;
}
