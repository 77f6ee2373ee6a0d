/* Any bytes as a log line: ids that are found are valid ones, the stamp lies inside of the line. */
#include "lib/wire/log_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_found found = { 0 };
	uint8_t any = 0;
	char *copy = malloc(size + !size);
	memcpy(copy, data, size);
	struct lsp_slice line = { copy, size };
	if (lsp_log_text_find(line, &found) == 0) {
		for (size_t i = 0; i < LSP_TRACE_ID_BYTES; i++)
			any |= found.context.trace_id[i];
		if (!any)
			abort();
		if (found.stamp.len &&
			(found.stamp.at < copy || found.stamp.at + found.stamp.len > copy + size))
			abort();
	}
	if (lsp_log_text_severity(line) > 24)
		abort();
	free(copy);
	return 0;
}
