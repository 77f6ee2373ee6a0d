/* An environment of any strings, as a carrier and as settings. */
#include "lib/core/carrier_env.h"
#include "lib/core/settings.h"
#include "lib/core/traceparent.h"

#include <stdint.h>
#include <stdlib.h>

#define STRINGS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each string in memory of its own. Returns how many. */
static size_t split(char **envp, const uint8_t *data, size_t size)
{
	size_t n = 0;

	while (size > 0 && n < STRINGS_MAX) {
		size_t len = strnlen((const char *)data, size);

		envp[n] = malloc(len + 1);
		memcpy(envp[n], data, len);
		envp[n++][len] = 0;
		len += len < size;
		data += len;
		size -= len;
	}
	envp[n] = NULL;
	return n;
}

static void check_carrier(char *const *envp)
{
	struct lsp_context c;
	char text[LSP_TRACEPARENT_CHARS];

	if (lsp_carrier_env_read(envp, &c))
		return;
	if (c.source != LSP_SOURCE_ENV || !lsp_context_has_trace(&c) || !lsp_context_has_span(&c))
		abort();
	lsp_traceparent_format(&c, text);
	for (; *envp; envp++)
		if (strstr(*envp, "TRACEPARENT=") && memmem(*envp, strlen(*envp), text + 3, 49))
			return;
	abort(); /* ids that no string has */
}

static void check_settings(char *const *envp)
{
	struct lsp_settings s;

	lsp_settings_load(&s, envp, "program");
	if (s.stdout_mode > LSP_AUTO || s.stderr_mode > LSP_ON || s.format >= LSP_FORMAT_N ||
		s.fields >= LSP_FIELDS_N || s.context > LSP_CONTEXT_OFF || s.spans > LSP_AUTO ||
		s.children > LSP_CHILDREN_INHERIT || s.errors > LSP_ERRORS_OFF ||
		s.bad > LSP_SETTING_N + 1)
		abort();
	if (!memchr(s.service, 0, sizeof(s.service)) || !s.service[0] ||
		!memchr(s.dir, 0, sizeof(s.dir)) || !memchr(s.log_files, 0, sizeof(s.log_files)) ||
		!memchr(s.propagate, 0, sizeof(s.propagate)) ||
		!memchr(s.debug, 0, sizeof(s.debug)) ||
		!memchr(s.gcp_project, 0, sizeof(s.gcp_project)) ||
		!memchr(s.journal_stream, 0, sizeof(s.journal_stream)))
		abort();
	(void)lsp_settings_is_log_file(&s, "/var/log/app.log");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *envp[STRINGS_MAX + 1];
	size_t n = split(envp, data, size);

	check_carrier(envp);
	check_settings(envp);
	while (n > 0)
		free(envp[--n]);
	return 0;
}
