/* The table of programs. The first match counts. */
#include "profile.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	uint32_t traits;
} profiles[] = {
	{ "nginx", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS },
	{ "openresty", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS },
	{ "angie", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS },
	{ "apache2", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS },
	{ "httpd", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS },
	{ "haproxy", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_ONE_EVENT },
	{ "lighttpd", LSP_TRAIT_CONTENT | LSP_TRAIT_BUFFERS },
	{ "php-fpm*", LSP_TRAIT_EXACT | LSP_TRAIT_AFTER | LSP_TRAIT_BUFFERS | LSP_TRAIT_DEEPBIND },
	{ "php*", LSP_TRAIT_BUFFERS | LSP_TRAIT_DEEPBIND },
	{ "python*", LSP_TRAIT_ONE_EVENT | LSP_TRAIT_DEFERS | LSP_TRAIT_BUFFERS },
	{ "pypy*", LSP_TRAIT_ONE_EVENT | LSP_TRAIT_DEFERS | LSP_TRAIT_BUFFERS },
	{ "uwsgi*", LSP_TRAIT_ONE_EVENT | LSP_TRAIT_DEFERS | LSP_TRAIT_BUFFERS },
	{ "node", LSP_TRAIT_ONE_EVENT | LSP_TRAIT_BUFFERS },
	{ "nodejs", LSP_TRAIT_ONE_EVENT | LSP_TRAIT_BUFFERS },
	{ "perl*", LSP_TRAIT_BUFFERS },
	{ "ruby*", LSP_TRAIT_BUFFERS },
	{ "java", LSP_TRAIT_BUFFERS },
	{ "jsvc", LSP_TRAIT_BUFFERS },
	{ "lua*", LSP_TRAIT_BUFFERS },
	{ "mono*", LSP_TRAIT_BUFFERS },
	{ "dotnet", LSP_TRAIT_BUFFERS },
	{ "tclsh*", LSP_TRAIT_BUFFERS },
	{ "beam*", LSP_TRAIT_BUFFERS },
	{ "squid", LSP_TRAIT_BUFFERS },
};

int lsp_profile_matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(name, pattern, n - 1) == 0;
	return strcmp(name, pattern) == 0;
}

uint32_t lsp_profile_of(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (lsp_profile_matches(profiles[i].name, name))
			return profiles[i].traits;
	return 0;
}
