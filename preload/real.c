/* Resolution of the real functions. One loop over one table; see hook_table.h. */
#include "real.h"
#include "symbols.h"

#include <stddef.h>

struct lsp_real lsp_real;
bool lsp_real_ready;

static const struct {
	const char *name;
	size_t offset;
} table[] = {
#define HOOK(type, name, params, family) { #name, offsetof(struct lsp_real, name) },
#include "hook_table.h"
#undef HOOK
};

void lsp_real_resolve(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		void *found = lsp_symbol_next(table[i].name);

		*(void **)((char *)&lsp_real + table[i].offset) = found;
	}
	lsp_real_ready = true;
}
