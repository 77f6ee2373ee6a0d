/* Family message: perror, error, err, warn. libc prints these in three or four writes that no hook
 * sees, so the message is made here and handed to the real function with its stamp at the end; the
 * program's name, the exit status and error_message_count stay the real function's business. */
#include "real.h"

#include "content.h"
#include "crash.h"
#include "format.h"
#include "lines.h"
#include "out_fd.h"
#include "out_file.h"
#include "shim.h"
#include "siginfo_text.h"
#include "../lib/core/text_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEVERITY_WARN  13
#define SEVERITY_ERROR 17
#define MESSAGE_BYTES  1400 /* of one message with its stamp; longer ones go out unstamped */

struct message {
	struct lsp_context context;
	struct lsp_file file;
	char text[MESSAGE_BYTES]; /* what the real function prints, NUL-terminated */
	size_t bytes; /* without the stamp */
};

/* What errno's number means. */
struct reason {
	char memory[128];
	const char *text;
};

static const char *reason_of(int number, struct reason *r)
{
	return strerror_r(number, r->memory, sizeof(r->memory));
}

/* Makes "text[: reason]" with room for the stamp behind it. Returns false when the call must pass
 * through: no context, not a log, too long, not text, or a line that names a trace itself. */
static bool compose(struct message *m, const char *reason, const char *format, va_list args)
{
	size_t room = sizeof(m->text) - LSP_STAMP_MAX_BYTES - 1;
	int n = 0;

	lsp_file_leave_door_open(stderr);
	if (!lsp_file_open(&m->file, stderr, false, &m->context))
		return false;
	if (format)
		n = lsp_format(m->text, room, 0, format, args);
	if (n < 0 || (size_t)n >= room)
		return false;
	m->bytes = (size_t)n;
	if (reason) {
		size_t len = strlen(reason);

		if (m->bytes + 2 + len >= room)
			return false;
		if (format) {
			memcpy(m->text + m->bytes, ": ", 2);
			m->bytes += 2;
		}
		memcpy(m->text + m->bytes, reason, len);
		m->bytes += len;
	}
	m->text[m->bytes] = 0;
	if (m->bytes == 0 || !lsp_text_scan(m->text, m->bytes) ||
		lsp_stamp_line_has_id(m->text, m->bytes))
		return false;
	return lsp_content_allows(&m->context, m->text, m->bytes);
}

/* Into the ring, and the stamp behind the text (unless the rule says that bytes stay as they are).
 * */
static void finish(struct message *m, uint8_t severity)
{
	bool stamp = m->file.rule.verdict == LSP_VERDICT_STAMP &&
		     lsp_shim.style.format <= LSP_FORMAT_SUFFIX;

	if (severity == SEVERITY_ERROR)
		lsp_crash_last_words(m->text);
	lsp_busy_begin();
	lsp_count(stamp ? LSP_COUNTER_STAMPED : LSP_COUNTER_MIRRORED);
	lsp_line_record(&m->context, m->file.rule.channel, severity, stamp ? LSP_LOG_STAMPED : 0,
		m->text, m->bytes, m->file.now_ns);
	if (stamp) {
		size_t n = lsp_stamp_suffix(&lsp_shim.style, &m->context, m->text + m->bytes);

		m->text[m->bytes + n] = 0;
	}
	lsp_busy_end();
}

/* ---- warn, err ------------------------------------------------------------------------------- */

void vwarn(const char *format, va_list args)
{
	int saved = errno;
	struct reason r;
	struct message m;

	if (!compose(&m, reason_of(saved, &r), format, args)) {
		errno = saved;
		REAL(vwarn)(format, args);
		return;
	}
	finish(&m, SEVERITY_WARN);
	errno = saved;
	REAL(warnx)("%s", m.text);
}

void vwarnx(const char *format, va_list args)
{
	int saved = errno;
	struct message m;

	if (!compose(&m, NULL, format, args)) {
		errno = saved;
		REAL(vwarnx)(format, args);
		return;
	}
	finish(&m, SEVERITY_WARN);
	errno = saved;
	REAL(warnx)("%s", m.text);
}

void verr(int status, const char *format, va_list args)
{
	int saved = errno;
	struct reason r;
	struct message m;

	if (compose(&m, reason_of(saved, &r), format, args)) {
		finish(&m, SEVERITY_ERROR);
		REAL(errx)(status, "%s", m.text);
	}
	errno = saved;
	REAL(verr)(status, format, args);
	__builtin_unreachable();
}

void verrx(int status, const char *format, va_list args)
{
	int saved = errno;
	struct message m;

	if (compose(&m, NULL, format, args)) {
		finish(&m, SEVERITY_ERROR);
		REAL(errx)(status, "%s", m.text);
	}
	errno = saved;
	REAL(verrx)(status, format, args);
	__builtin_unreachable();
}

void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarn(format, args);
	va_end(args);
}

void warnx(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vwarnx(format, args);
	va_end(args);
}

void err(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	verr(status, format, args);
	va_end(args);
}

void errx(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	verrx(status, format, args);
	va_end(args);
}

/* ---- error ----------------------------------------------------------------------------------- */

#define FORWARD_BYTES_MAX (256 * 1024)

/* error() has no v-form, so its text is made here in any case. One longer than FORWARD_BYTES_MAX is
 * cut there. */
static void forward_error(
	int status, int number, const char *file, unsigned line, const char *format, va_list args)
{
	int saved = errno;
	char small[LSP_FORMAT_BYTES], *text = small;
	int n = lsp_format(small, sizeof(small), 0, format, args);

	if (n >= (int)sizeof(small)) {
		n = n < FORWARD_BYTES_MAX ? n : FORWARD_BYTES_MAX;
		text = alloca((size_t)n + 1);
		errno = saved;
		(void)lsp_format(text, (size_t)n + 1, 0, format, args);
	}
	errno = saved;
	if (file)
		REAL(error_at_line)(status, number, file, line, "%s", text);
	else
		REAL(error)(status, number, "%s", text);
}

void error(int status, int number, const char *format, ...)
{
	int saved = errno;
	struct reason r;
	struct message m;
	va_list args;
	bool ours;

	va_start(args, format);
	ours = compose(&m, number ? reason_of(number, &r) : NULL, format, args);
	va_end(args);
	if (ours) {
		finish(&m, status ? SEVERITY_ERROR : SEVERITY_WARN);
		errno = saved;
		REAL(error)(status, 0, "%s", m.text);
		return;
	}
	errno = saved;
	va_start(args, format);
	forward_error(status, number, NULL, 0, format, args);
	va_end(args);
}

void error_at_line(int status, int number, const char *file, unsigned line, const char *format, ...)
{
	int saved = errno;
	struct reason r;
	struct message m;
	va_list args;
	bool ours;

	va_start(args, format);
	ours = compose(&m, number ? reason_of(number, &r) : NULL, format, args);
	va_end(args);
	if (ours) {
		finish(&m, status ? SEVERITY_ERROR : SEVERITY_WARN);
		errno = saved;
		REAL(error_at_line)(status, 0, file, line, "%s", m.text);
		return;
	}
	errno = saved;
	va_start(args, format);
	forward_error(status, number, file ? file : "", line, format, args);
	va_end(args);
}

/* ---- perror ---------------------------------------------------------------------------------- */

/* The real perror() does not decide for a stream whether it is wide: it opens one of its own for
 * the descriptor, where that can be read, too. */
static bool goes_past_stderr(void)
{
	return stderr->_mode == 0 &&
	       (syscall(SYS_fcntl, fileno_unlocked(stderr), F_GETFL) & O_ACCMODE) == O_RDWR;
}

static void put_line(struct message *m, bool past)
{
	struct lsp_call call = { .fd = fileno_unlocked(stderr), .printed = true };
	size_t taken;

	m->text[m->bytes++] = '\n';
	if (past || !lsp_file_put(&m->file, &m->context, m->text, m->bytes, &taken))
		(void)!lsp_out_fd(&call, &m->context, m->text, m->bytes);
}

static bool compose_text(struct message *m, const char *reason, const char *format, ...)
{
	va_list args;
	bool ours;

	va_start(args, format);
	ours = compose(m, reason, format, args);
	va_end(args);
	return ours;
}

void perror(const char *s)
{
	int saved = errno;
	struct reason r;
	struct message m;

	bool ours = compose_text(&m, reason_of(saved, &r), s && *s ? "%s" : NULL, s);

	errno = saved; /* what writing makes of it stays */
	if (ours)
		put_line(&m, goes_past_stderr());
	else
		REAL(perror)(s);
}

/* ---- psignal, psiginfo, herror --------------------------------------------------------------- */

void psignal(int number, const char *s)
{
	int saved = errno;
	struct message m;

	/* A number that is no signal's is described by the real function. */
	bool ours = sigdescr_np(number) &&
		    compose_text(&m, strsignal(number), s && *s ? "%s" : NULL, s);

	errno = saved;
	if (ours)
		put_line(&m, false);
	else
		REAL(psignal)(number, s);
}

#define SIGINFO_BYTES 512 /* libc cuts what is longer */

void psiginfo(const siginfo_t *info, const char *s)
{
	char text[SIGINFO_BYTES];
	int saved = errno, n = 0;
	struct message m;

	if (lsp_current(&m.context))
		n = lsp_siginfo_text(text, sizeof(text), info);
	bool ours = n > 0 && (size_t)n + (s ? strlen(s) : 0) + 4 < sizeof(text) &&
		    compose_text(&m, text, s && *s ? "%s" : NULL, s);

	errno = saved;
	if (ours)
		put_line(&m, false);
	else
		REAL(psiginfo)(info, s);
}

/* The real one writes to the descriptor, past any buffer, and cannot be cancelled there. */
void herror(const char *s)
{
	struct lsp_call call = { .fd = STDERR_FILENO, .printed = true };
	struct message m;
	int cancel;

	if (!compose_text(&m, hstrerror(h_errno), s && *s ? "%s" : NULL, s)) {
		REAL(herror)(s);
		return;
	}
	m.text[m.bytes++] = '\n';
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	(void)!lsp_out_fd(&call, &m.context, m.text, m.bytes);
	pthread_setcancelstate(cancel, NULL);
}
