#include "real.h"
#include "crash.h"

#include "conn.h"
#include "fd_table.h"
#include "process_names.h"
#include "../lib/core/ring_channels.h"

#include <errno.h>
#include <sys/syscall.h>

#define LINE_BYTES     1400 /* with the stamp one write that a pipe takes whole */
#define LINE_FRAMES    16
#define STACK_BYTES    12288
#define OWN_BYTES      (STACK_BYTES + 2 * LSP_CRASH_MESSAGE_BYTES) /* of our own attributes */
#define SEVERITY_FATAL 21

/* One error is told at a time, so that its texts need no room on a stack that may be small. */
static _Atomic uint32_t telling; /* the thread, 0: nobody */
static uintptr_t frames[LSP_STACK_FRAMES];
static char stack_text[STACK_BYTES];
static uint8_t attrs[OWN_BYTES + LSP_PROCESS_NAMES_ATTRS_BYTES];

static _Atomic uint32_t abort_told; /* the thread whose SIGABRT is known already */

static void put_ring(const struct lsp_context *c, const char *kind, const char *message, size_t n)
{
	size_t used = 0, stack = 0;
	char body[LSP_CRASH_MESSAGE_BYTES + 32];
	struct lsp_ring_line l = { .context = c,
		.tid = lsp_thread_id(),
		.channel = LSP_CHANNEL_STDERR,
		.severity = SEVERITY_FATAL,
		.text = body,
		.attrs = attrs };

	snprintf(body, sizeof(body), "%s: %s", kind, message);
	l.text_bytes = strlen(body);
	for (size_t i = 0; i < n && STACK_BYTES - stack > 1024; i++) {
		stack += lsp_stack_frame_long(frames[i], stack_text + stack, 1000);
		stack_text[stack++] = '\n';
	}
	(void)lsp_attr_put_string(attrs, OWN_BYTES, &used, "exception.type", kind, strlen(kind));
	(void)lsp_attr_put_string(
		attrs, OWN_BYTES, &used, "exception.message", message, strlen(message));
	if (stack)
		(void)lsp_attr_put_string(
			attrs, OWN_BYTES, &used, "exception.stacktrace", stack_text, stack - 1);
	if (lsp_process_names_known())
		used += lsp_process_names_attrs(c, attrs + used);
	l.attr_bytes = used;
	if (c->source == LSP_SOURCE_ENV && !lsp_shim.process_span_sent)
		lsp_process_span_begin();
	(void)lsp_ring_put_line(&lsp_shim.ring, LSP_RECORD_ERROR, &l);
}

/* Only where standard error is a log that takes the line at once: a full or broken pipe must
 * neither hold the process up nor kill it with another signal. */
static bool takes_line(const char **ret_begin)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	struct lsp_rule rule;
	struct lsp_fd *e = lsp_fd_get(STDERR_FILENO, lsp_now_ns(), &rule);

	if (!e || rule.verdict != LSP_VERDICT_STAMP || REAL(poll)(&p, 1, 0) != 1 ||
		p.revents != POLLOUT)
		return false;
	/* A line that was begun is not gone on with. */
	*ret_begin =
		atomic_load_explicit(&e->owner, memory_order_relaxed) == LSP_LINE_START ? "" : "\n";
	return true;
}

static size_t add_frames(char *line, size_t len, size_t n)
{
	for (size_t i = 0; i < n && i < LINE_FRAMES && len + 160 < LINE_BYTES; i++) {
		if (i)
			line[len++] = ',';
		len += lsp_stack_frame_short(frames[i], line + len, 150);
	}
	return len;
}

static void put_line(const struct lsp_context *c, const char *kind, const char *message, size_t n)
{
	char *line = stack_text; /* its text is in the ring by now */
	const char *begin = "";
	int head;
	size_t len;

	if (!takes_line(&begin))
		return;
	head = snprintf(line, LINE_BYTES, "%slinespan: %s: %s program=%s pid=%u tid=%u%s", begin,
		kind, message, lsp_shim.program, lsp_shim.pid, lsp_thread_id(),
		n ? " frames=" : "");
	if (head <= 0 || head >= LINE_BYTES)
		return;
	len = add_frames(line, (size_t)head, n);
	len += lsp_stamp_suffix(&lsp_shim.style, c, line + len);
	line[len++] = '\n';
	if (REAL(write)(STDERR_FILENO, line, len) < 0)
		return; /* nobody is left to be told */
}

static void make_one_line(char out[LSP_CRASH_MESSAGE_BYTES], const char *message)
{
	size_t n = 0;

	for (; n < LSP_CRASH_MESSAGE_BYTES - 1 && message[n]; n++)
		out[n] = (unsigned char)message[n] < 0x20 || message[n] == 0x7f ? ' ' : message[n];
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = 0;
}

static size_t find_frames(const ucontext_t *at)
{
	ucontext_t here;

	if (at == LSP_CRASH_NO_FRAMES)
		return 0;
	if (at)
		return lsp_stack_walk(at, frames);
	return getcontext(&here) == 0 ? lsp_stack_walk(&here, frames) : 0;
}

bool lsp_crash_tell(const char *kind, const char *message, const ucontext_t *at)
{
	char text[LSP_CRASH_MESSAGE_BYTES];
	uint32_t nobody = 0;
	int saved = errno;
	struct lsp_context c;
	size_t n;

	if (lsp_shim.state != LSP_STATE_ON || lsp_shim.settings.errors == LSP_ERRORS_OFF ||
		(uint32_t)syscall(SYS_getpid) != lsp_shim.pid || !lsp_current(&c) || c.doubt ||
		!lsp_context_has_span(&c) ||
		!atomic_compare_exchange_strong(&telling, &nobody, lsp_thread_id()))
		return false;
	lsp_busy_begin();
	make_one_line(text, message);
	n = find_frames(at);
	put_ring(&c, kind, text, n);
	if (lsp_shim.settings.errors == LSP_ERRORS_ON)
		put_line(&c, kind, text, n);
	if (lsp_shim.tracking)
		lsp_conn_died(kind);
	lsp_busy_end();
	atomic_store(&telling, 0);
	errno = saved;
	return true;
}

void lsp_crash_tell_abort(const char *kind, const char *message)
{
	if (lsp_crash_tell(kind, message, NULL))
		atomic_store(&abort_told, lsp_thread_id());
}

bool lsp_crash_told_abort(void)
{
	return atomic_load(&abort_told) == lsp_thread_id();
}

static char last_words[LSP_CRASH_MESSAGE_BYTES];

void lsp_crash_last_words(const char *last)
{
	make_one_line(last_words, last);
}

void lsp_crash_exit(int status)
{
	char message[LSP_CRASH_MESSAGE_BYTES];

	if ((status & 0xff) == 0)
		return;
	snprintf(message, sizeof(message), "exit status %d%s%.400s", status & 0xff,
		last_words[0] ? ": " : "", last_words);
	(void)lsp_crash_tell("exit", message, LSP_CRASH_NO_FRAMES);
}

void lsp_crash_prepare(void)
{
	int saved = errno;

	if (lsp_shim.state == LSP_STATE_ON && lsp_shim.settings.errors != LSP_ERRORS_OFF)
		lsp_stack_prepare();
	errno = saved;
}
