/* Family death: a failed assertion and abort(), told before the process ends of it. The record goes
 * into the ring first, then one line to standard error; the real function does the rest. */
#include "real.h"

#include "fd_table.h"
#include "shim.h"
#include "../lib/core/ring_channels.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#define MESSAGE_BYTES  512
#define LINE_BYTES     1024 /* with the stamp one write that a pipe takes whole */
#define SEVERITY_FATAL 21

/* The caller as module+0xoffset. _dl_find_object() takes no lock. */
static void frame_text(char *out, size_t cap, const void *address)
{
	struct dl_find_object found;
	const char *name = lsp_shim.program, *slash;
	uintptr_t at = (uintptr_t)address;

	if (_dl_find_object((void *)at, &found) || !found.dlfo_link_map) {
		snprintf(out, cap, "?+0x%lx", (unsigned long)at);
		return;
	}
	if (found.dlfo_link_map->l_name && *found.dlfo_link_map->l_name) {
		name = found.dlfo_link_map->l_name;
		slash = strrchr(name, '/');
		name = slash ? slash + 1 : name;
	}
	snprintf(out, cap, "%.200s+0x%lx", name, (unsigned long)(at - found.dlfo_link_map->l_addr));
}

static void put_ring(
	const struct lsp_context *c, const char *kind, const char *message, const char *frame)
{
	uint8_t attrs[MESSAGE_BYTES + 512];
	size_t used = 0;
	struct lsp_ring_line l = { .context = c,
		.tid = lsp_thread_id(),
		.channel = LSP_CHANNEL_STDERR,
		.severity = SEVERITY_FATAL,
		.text = message,
		.text_bytes = strlen(message),
		.attrs = attrs };

	(void)lsp_attr_put_string(
		attrs, sizeof(attrs), &used, "exception.type", kind, strlen(kind));
	(void)lsp_attr_put_string(
		attrs, sizeof(attrs), &used, "exception.message", message, strlen(message));
	(void)lsp_attr_put_string(
		attrs, sizeof(attrs), &used, "exception.stacktrace", frame, strlen(frame));
	l.attr_bytes = used;
	if (c->source == LSP_SOURCE_ENV && !lsp_shim.process_span_sent)
		lsp_process_span_begin();
	(void)lsp_ring_put_line(&lsp_shim.ring, LSP_RECORD_ERROR, &l);
}

/* Only where standard error is a log that takes the line at once: a full or broken pipe must
 * neither hold the process up nor kill it with another signal. */
static bool takes_line(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	struct lsp_rule rule;

	return lsp_fd_get(STDERR_FILENO, lsp_now_ns(), &rule) &&
	       rule.verdict == LSP_VERDICT_STAMP && REAL(poll)(&p, 1, 0) == 1 &&
	       p.revents == POLLOUT;
}

static void put_line(
	const struct lsp_context *c, const char *kind, const char *message, const char *frame)
{
	char line[LINE_BYTES + LSP_STAMP_MAX_BYTES + 1];
	int n = snprintf(line, LINE_BYTES, "linespan: %s: %s program=%s pid=%u tid=%u frames=%s",
		kind, message, lsp_shim.program, lsp_shim.pid, lsp_thread_id(), frame);
	size_t len = n < 0 ? 0 : n < LINE_BYTES ? (size_t)n : LINE_BYTES - 1;

	if (len == 0 || !takes_line())
		return;
	len += lsp_stamp_suffix(&lsp_shim.style, c, line + len);
	line[len++] = '\n';
	if (REAL(write)(STDERR_FILENO, line, len) < 0)
		return; /* nobody is left to be told */
}

static void tell(const char *kind, char *message, const void *caller)
{
	int saved = errno;
	char frame[256];
	struct lsp_context c;

	if (lsp_shim.settings.errors == LSP_ERRORS_OFF || !lsp_current(&c) || c.doubt ||
		!lsp_context_has_span(&c) || (uint32_t)getpid() != lsp_shim.pid)
		return;
	for (char *p = message; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' '; /* one line */
	lsp_busy_begin();
	frame_text(frame, sizeof(frame), caller);
	put_ring(&c, kind, message, frame);
	if (lsp_shim.settings.errors == LSP_ERRORS_ON)
		put_line(&c, kind, message, frame);
	lsp_busy_end();
	errno = saved;
}

void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	char message[MESSAGE_BYTES];

	snprintf(message, sizeof(message), "%s:%u: %s: %s", file ? file : "?", line,
		function ? function : "?", expression ? expression : "?");
	tell("assert", message, __builtin_return_address(0));
	REAL(__assert_fail)(expression, file, line, function);
	__builtin_unreachable();
}

void abort(void)
{
	char message[] = "the program called abort()";
	struct sigaction now;

	/* A host that handles SIGABRT may live on: its matter. */
	if (sigaction(SIGABRT, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		tell("abort", message, __builtin_return_address(0));
	REAL(abort)();
	__builtin_unreachable();
}
