#include "child_env.h"

#include "host_memory.h"
#include "shim.h"
#include "../lib/core/traceparent.h"

#include <unistd.h>

#define LIBRARY_NAME "liblinespan-preload.so"

static bool is_name(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

size_t lsp_child_env_entries(char *const *envp)
{
	size_t n = 0;

	while (envp) {
		if (!lsp_host_readable(envp + n, sizeof(*envp)) ||
			(envp[n] && !lsp_host_readable(envp[n], 1)))
			return SIZE_MAX;
		if (!envp[n])
			break;
		n++;
	}
	return n;
}

bool lsp_child_env_wanted(void)
{
	return lsp_shim.asked;
}

bool lsp_child_env_is_self(void)
{
	return (uint32_t)getpid() == lsp_shim.first_pid;
}

void lsp_child_env_disarm(char **envp)
{
	if (lsp_shim.settings.children == LSP_CHILDREN_INHERIT)
		return;
	for (size_t i = 0; envp && envp[i]; i++)
		if (is_name(envp[i], "LINESPAN") && envp[i][9] == '1')
			envp[i][9] = '0';
}

/* One library of an LD_PRELOAD list, which spaces and colons separate. */
static bool is_this_library(const char *at, size_t n)
{
	size_t len = sizeof(LIBRARY_NAME) - 1;

	return n >= len && memcmp(at + n - len, LIBRARY_NAME, len) == 0 &&
	       (n == len || at[n - len - 1] == '/');
}

/* LD_PRELOAD without this library. Returns NULL when nothing is left of it. */
static char *other_libraries(struct lsp_child_env *e, char *entry)
{
	const char *at = entry + sizeof("LD_PRELOAD=") - 1;
	size_t used = sizeof("LD_PRELOAD=") - 1;

	if (strlen(entry) >= sizeof(e->preload))
		return entry;
	memcpy(e->preload, "LD_PRELOAD=", used);
	while (*at) {
		size_t n = strcspn(at, " :");

		if (n > 0 && !is_this_library(at, n)) {
			if (e->preload[used - 1] != '=')
				e->preload[used++] = ':';
			memcpy(e->preload + used, at, n);
			used += n;
		}
		at += n + (at[n] ? 1 : 0);
	}
	e->preload[used] = 0;
	return e->preload[used - 1] == '=' ? NULL : e->preload;
}

/* What the started program's parent span is: the active context, or what this process was given. */
static bool parent_context(struct lsp_context *ret, bool in_child)
{
	if (!lsp_current(ret) || ret->doubt || !lsp_context_has_span(ret))
		return false;
	if (ret->source != LSP_SOURCE_ENV)
		return true;
	/* A process span that nobody has seen yet would be a parent that never comes; one that is
	 * about to be replaced hands on what it was given. */
	if (in_child)
		lsp_process_span_begin();
	else if (!lsp_shim.process_span_sent)
		*ret = lsp_shim.env_carrier;
	return true;
}

/* The first one counts, as in getenv(). */
static bool carrier_in(char *const *envp, struct lsp_context *ret)
{
	for (size_t i = 0; envp && envp[i]; i++)
		if (is_name(envp[i], "TRACEPARENT"))
			return !lsp_traceparent_parse(envp[i] + 12, strlen(envp[i] + 12), ret);
	return false;
}

struct edit {
	bool traced; /* TRACEPARENT is ours to write */
	bool same_trace; /* … and TRACESTATE belongs to it */
	bool keep_shim;
};

/* The entry to hand on, NULL for none. */
static char *edited(struct lsp_child_env *e, char *entry, const struct edit *how)
{
	if (how->traced && is_name(entry, "TRACEPARENT"))
		return NULL;
	if (how->traced && !how->same_trace && is_name(entry, "TRACESTATE"))
		return NULL;
	if (is_name(entry, "LINESPAN"))
		return (char *)(uintptr_t)(how->keep_shim ? "LINESPAN=1" : "LINESPAN=0");
	if (!how->keep_shim && is_name(entry, "LD_PRELOAD"))
		return other_libraries(e, entry);
	return entry;
}

void lsp_child_env_make(struct lsp_child_env *e, char **out, char *const *envp, bool in_child)
{
	struct edit how = { .keep_shim = !in_child ||
					 lsp_shim.settings.children == LSP_CHILDREN_INHERIT };
	struct lsp_context c, carrier;
	bool carries = carrier_in(envp, &carrier);
	size_t n = 0;

	/* Another one than that of the process's start is the program's own: it knows best. */
	if (!carries || lsp_context_same(&carrier, &lsp_shim.env_carrier))
		how.traced = parent_context(&c, in_child);
	if (how.traced && carries)
		how.same_trace = memcmp(c.trace_id, carrier.trace_id, LSP_TRACE_ID_BYTES) == 0;
	for (size_t i = 0; envp && envp[i]; i++) {
		char *entry = edited(e, envp[i], &how);

		if (entry)
			out[n++] = entry;
	}
	if (how.traced) {
		memcpy(e->traceparent, "TRACEPARENT=", 12);
		lsp_traceparent_format(&c, e->traceparent + 12);
		e->traceparent[12 + LSP_TRACEPARENT_CHARS] = 0;
		out[n++] = e->traceparent;
	}
	out[n] = NULL;
}
