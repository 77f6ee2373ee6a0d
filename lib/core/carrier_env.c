#include "carrier_env.h"
#include "traceparent.h"

#include <errno.h>

/* The first value of a name, NULL when there is none. */
static const char *value_of(char *const *envp, const char *name, size_t name_len)
{
	for (; envp && *envp; envp++)
		if (strncmp(*envp, name, name_len) == 0 && (*envp)[name_len] == '=')
			return *envp + name_len + 1;
	return NULL;
}

int lsp_carrier_env_read(char *const *envp, struct lsp_context *ret)
{
	static const struct {
		const char *name;
		size_t len;
	} carriers[] = { { "TRACEPARENT", 11 }, { "HTTP_TRACEPARENT", 16 } };
	int result = -ENOENT;

	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
		const char *value = value_of(envp, carriers[i].name, carriers[i].len);

		if (!value || !*value)
			continue;
		if (lsp_traceparent_parse(value, strnlen(value, 4096), ret) == 0) {
			ret->source = LSP_SOURCE_ENV;
			return 0;
		}
		result = -EINVAL;
	}
	return result;
}
