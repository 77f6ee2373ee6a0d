#include "pipe_stream.h"
#include "../lib/core/ring_channels.h"
#include "../lib/core/text_scan.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t taken = write(fd, bytes, n);
		if (taken < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };
			(void)poll(&p, 1, -1);
		} else if (taken < 0 && errno != EINTR) {
			return -errno;
		}
		if (taken > 0) {
			bytes += taken;
			n -= (size_t)taken;
		}
	}
	return 0;
}

int lsp_pipe_stream_flush(struct lsp_pipe_stream *s)
{
	if (s->held == 0)
		return 0;
	int rc = write_all(s->to, s->line, s->held);
	s->begun = s->line[s->held - 1] != '\n';
	s->held = 0;
	return rc;
}

static void record(struct lsp_pipe_stream *s, struct lsp_pipe_shared *shared, const char *line,
	size_t n, bool stamped)
{
	struct lsp_ring_line l = { .context = &shared->context,
		.tid = shared->ring.pid,
		.channel = s->channel,
		.flags = stamped ? LSP_LOG_STAMPED : 0,
		.text = line,
		.text_bytes = n };
	(void)lsp_ring_put_line(&shared->ring, LSP_RECORD_LOG, &l);
}

/* A line that a pipe took in one go, and no longer would with its stamp (rule R10). */
static bool would_tear(size_t n, const struct lsp_insert *in)
{
	return n <= PIPE_BUF && n + in->len > PIPE_BUF;
}

/* One whole line with its newline, in one write. */
static int put_line(
	struct lsp_pipe_stream *s, struct lsp_pipe_shared *shared, const char *line, size_t n)
{
	static char out[LSP_PIPE_LINE_BYTES + LSP_STAMP_MAX_BYTES];
	struct lsp_insert in;
	if (s->begun || s->data || !shared->has_context || n <= 1) {
		s->begun = false;
		return write_all(s->to, line, n);
	}
	bool stamp = lsp_stamp_line(&shared->style, &shared->context, line, n - 1, &in) ==
			     LSP_KEEP_NOT &&
		     !would_tear(n, &in);
	record(s, shared, line, n, stamp);
	if (!stamp)
		return write_all(s->to, line, n);
	memcpy(out, line, in.at);
	memcpy(out + in.at, in.text, in.len);
	memcpy(out + in.at + in.len, line + in.at + in.skip, n - in.at - in.skip);
	return write_all(s->to, out, n + in.len - in.skip);
}

/* The lines that are whole. */
static int put_lines(struct lsp_pipe_stream *s, struct lsp_pipe_shared *shared)
{
	size_t at = 0;
	int rc = 0;
	if (!s->data && !lsp_text_scan(s->line, s->held))
		s->data = true;
	while (rc == 0 && at < s->held) {
		const char *end = memchr(s->line + at, '\n', s->held - at);
		size_t n = end ? (size_t)(end + 1 - (s->line + at)) : 0;
		if (n == 0)
			break;
		rc = put_line(s, shared, s->line + at, n);
		at += n;
	}
	s->held -= at;
	memmove(s->line, s->line + at, s->held);
	/* What cannot become a whole line here, and what is no line, waits for nothing. */
	if (rc == 0 && (s->data || s->held == sizeof(s->line)))
		rc = lsp_pipe_stream_flush(s);
	return rc;
}

int lsp_pipe_stream_pump(struct lsp_pipe_stream *s, struct lsp_pipe_shared *shared)
{
	ssize_t n = read(s->from, s->line + s->held, sizeof(s->line) - s->held);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (n == 0) {
		int rc = lsp_pipe_stream_flush(s);
		return rc;
	}
	s->held += (size_t)n;
	int rc = put_lines(s, shared);
	return rc ? rc : 1;
}
