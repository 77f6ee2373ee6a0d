#include "context.h"

static const char *const names[] = {
#define X(id, name, help) name,
	LSP_SOURCE_TABLE(X)
#undef X
};

const char *lsp_source_name(unsigned source)
{
	return source < LSP_SOURCE_N ? names[source] : "";
}
