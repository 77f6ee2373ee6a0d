/* What a tracer says its process is. */
#include "../../lib/core/process_context.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char service[LSP_PROCESS_SERVICE_BYTES];

	if (lsp_process_context_service(data, size, service) == 0 &&
		(strlen(service) == 0 || strlen(service) >= sizeof(service)))
		__builtin_trap();
	return 0;
}
