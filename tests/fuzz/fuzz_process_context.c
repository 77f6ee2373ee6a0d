/* What a tracer says its process is. */
#include "../../lib/core/process_context.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char service[LSP_PROCESS_SERVICE_BYTES];
	struct lsp_attr_keys keys;

	if (lsp_process_context_service(data, size, service) == 0 &&
		(strlen(service) == 0 || strlen(service) >= sizeof(service)))
		__builtin_trap();
	if (lsp_process_context_keys(data, size, &keys) == 0) {
		uint8_t buf[512];

		if (keys.used > LSP_ATTR_KEYS_BYTES ||
			lsp_attr_keys_put(&keys, data, size, buf, sizeof(buf)) > sizeof(buf))
			__builtin_trap();
	}
	return 0;
}
