#include "counters.h"

#include <stddef.h>

const char *lsp_counter_name(unsigned counter)
{
	static const char *const names[LSP_COUNTER_N] = {
#define X(id, name, help) [LSP_COUNTER_##id] = name,
		LSP_COUNTER_TABLE(X)
#undef X
	};
	return counter < LSP_COUNTER_N ? names[counter] : NULL;
}
