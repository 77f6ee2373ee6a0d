/* The rules that look at a descriptor, not at its bytes. First match wins. */
#include "rules.h"
#include "shim.h"
#include "../lib/core/hex.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
	uint8_t verdict;
	const char *rule, *text;
} reasons[] = {
#define X(id, verdict, rule, text) { LSP_VERDICT_##verdict, rule, text },
	LSP_REASON_TABLE(X)
#undef X
};

const char *lsp_reason_text(unsigned reason)
{
	return reason < LSP_REASON_N ? reasons[reason].text : "";
}

const char *lsp_reason_rule(unsigned reason)
{
	return reason < LSP_REASON_N ? reasons[reason].rule : "";
}

static struct lsp_rule because(
	enum lsp_reason reason, enum lsp_fd_kind kind, enum lsp_channel channel)
{
	struct lsp_rule r = { reasons[reason].verdict, (uint8_t)kind, (uint8_t)channel,
		(uint8_t)reason };
	return r;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool lsp_rule_syslog_path(const char *path)
{
	static const char *const known[] = { "/dev/log", "/run/systemd/journal/dev-log",
		"/run/systemd/journal/syslog", "/var/run/log", "/var/run/syslog" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(path, known[i]) == 0)
			return true;
	return false;
}

/* A socket's family and whether its peer is the system log. */
static bool socket_is_syslog(int fd)
{
	struct sockaddr_un peer;
	socklen_t len = sizeof(peer) - 1;

	memset(&peer, 0, sizeof(peer));
	if (getpeername(fd, (struct sockaddr *)&peer, &len) || peer.sun_family != AF_UNIX)
		return false;
	return lsp_rule_syslog_path(peer.sun_path);
}

static int socket_family(int fd)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len))
		return AF_UNSPEC;
	return own.ss_family;
}

/* inetd and socket activation hand one socket over as 0, 1 and 2: a protocol (R5). */
static bool is_protocol_socket(const struct stat *st)
{
	struct stat in, out;

	if (fstat(0, &in) || fstat(1, &out) || !S_ISSOCK(in.st_mode) || !same_file(&in, &out))
		return false;
	return same_file(st, &in);
}

/* The value that systemd set for the streams it connected to the journal: "dev:inode". */
static bool is_journal(const struct stat *st)
{
	const char *text = lsp_shim.settings.journal_stream;
	unsigned long long dev = 0, ino = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		dev = dev * 10 + (unsigned)(*text - '0');
	if (*text++ != ':')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		ino = ino * 10 + (unsigned)(*text - '0');
	return dev == st->st_dev && ino == st->st_ino && ino != 0;
}

static enum lsp_fd_kind kind_of(const struct stat *st)
{
	if (S_ISFIFO(st->st_mode))
		return LSP_FD_PIPE;
	if (S_ISREG(st->st_mode))
		return LSP_FD_FILE;
	return S_ISSOCK(st->st_mode) ? LSP_FD_STREAM : LSP_FD_OTHER;
}

static struct lsp_rule stderr_rule(const struct stat *st, enum lsp_reason reason)
{
	if (lsp_shim.settings.stderr_mode == LSP_OFF)
		reason = LSP_REASON_STDERR_OFF;
	return because(reason, kind_of(st), LSP_CHANNEL_STDERR);
}

void lsp_rules_first_stderr(void)
{
	struct stat st;

	if (fstat(2, &st) || !S_ISFIFO(st.st_mode))
		return;
	lsp_shim.first_stderr_dev = st.st_dev;
	lsp_shim.first_stderr_ino = st.st_ino;
}

/* Daemons keep a copy under another number, and may put something else in the place of 2 then. A
 * pipe's inode is its own for as long as it is open; a file's may be what data is written to. */
static bool is_copy_of_stderr(const struct stat *st)
{
	struct stat now;

	if (S_ISFIFO(st->st_mode) && st->st_ino == lsp_shim.first_stderr_ino &&
		st->st_dev == lsp_shim.first_stderr_dev)
		return true;
	return fstat(2, &now) == 0 && same_file(st, &now);
}

static struct lsp_rule stdout_rule(const struct stat *st)
{
	enum lsp_fd_kind kind = kind_of(st);
	struct stat other;

	if (lsp_shim.settings.stdout_mode == LSP_OFF)
		return because(LSP_REASON_STDOUT_OFF, kind, LSP_CHANNEL_STDOUT);
	if (lsp_shim.settings.stdout_mode == LSP_ON)
		return because(LSP_REASON_STDOUT_ON, kind, LSP_CHANNEL_STDOUT);
	if (is_journal(st))
		return because(LSP_REASON_STDOUT_JOURNAL, kind, LSP_CHANNEL_STDOUT);
	if (lsp_shim.settings.stderr_mode == LSP_ON && fstat(2, &other) == 0 &&
		same_file(st, &other))
		return because(LSP_REASON_STDOUT_STDERR, kind, LSP_CHANNEL_STDOUT);
	return because(LSP_REASON_STDOUT_DATA, kind, LSP_CHANNEL_STDOUT);
}

static void put_fd_path(char *out, int fd)
{
	char digits[12];
	size_t n = lsp_decimal_encode(digits, (uint64_t)fd);

	memcpy(out, "/proc/self/fd/", 14);
	memcpy(out + 14, digits, n);
	out[14 + n] = 0;
}

static struct lsp_rule file_rule(int fd)
{
	static const char deleted[] = " (deleted)";
	char link[32], path[1024];
	ssize_t n;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return because(LSP_REASON_FILE, LSP_FD_FILE, LSP_CHANNEL_FILE);
	put_fd_path(link, fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return because(LSP_REASON_GONE, LSP_FD_FILE, LSP_CHANNEL_FILE);
	path[n] = 0;
	if ((size_t)n >= sizeof(deleted) && strcmp(path + n - (sizeof(deleted) - 1), deleted) == 0)
		path[(size_t)n - (sizeof(deleted) - 1)] = 0; /* rotated away, still a log */
	if (!lsp_settings_is_log_file(&lsp_shim.settings, path))
		return because(LSP_REASON_FILE, LSP_FD_FILE, LSP_CHANNEL_FILE);
	if (!(flags & O_APPEND) || (flags & O_ACCMODE) != O_WRONLY)
		return because(LSP_REASON_LOG_NO_APPEND, LSP_FD_FILE, LSP_CHANNEL_FILE);
	return because(LSP_REASON_LOG_FILE, LSP_FD_FILE, LSP_CHANNEL_FILE);
}

static struct lsp_rule socket_rule(int fd, const struct stat *st)
{
	if (socket_is_syslog(fd))
		return because(LSP_REASON_SYSLOG_SOCKET, LSP_FD_SYSLOG, LSP_CHANNEL_SYSLOG);
	bool copy = fd > 2 && is_copy_of_stderr(st);
	if ((fd > 2 && !copy) || socket_family(fd) != AF_UNIX)
		return because(LSP_REASON_SOCKET, LSP_FD_STREAM, LSP_CHANNEL_NONE);
	if (is_protocol_socket(st))
		return because(LSP_REASON_ONE_SOCKET, LSP_FD_STREAM, LSP_CHANNEL_NONE);
	if (fd == 1)
		return stdout_rule(st);
	return stderr_rule(st, copy ? LSP_REASON_STDERR_DUP : LSP_REASON_STDERR);
}

struct lsp_rule lsp_rule_of(int fd, const struct stat *st)
{
	if (S_ISCHR(st->st_mode)) {
		bool asked = fd == 1 && lsp_shim.settings.stdout_mode == LSP_ON && isatty(fd);

		return because(asked ? LSP_REASON_STDOUT_ON : LSP_REASON_TERMINAL, LSP_FD_OTHER,
			LSP_CHANNEL_STDOUT);
	}
	if (S_ISSOCK(st->st_mode))
		return socket_rule(fd, st);
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return because(LSP_REASON_DEVICE, LSP_FD_OTHER, LSP_CHANNEL_NONE);
	if (fd == 2)
		return stderr_rule(st, LSP_REASON_STDERR);
	if (fd == 1)
		return stdout_rule(st);
	if (is_copy_of_stderr(st))
		return stderr_rule(st, LSP_REASON_STDERR_DUP);
	if (S_ISFIFO(st->st_mode))
		return because(LSP_REASON_PIPE, LSP_FD_PIPE, LSP_CHANNEL_NONE);
	return file_rule(fd);
}
