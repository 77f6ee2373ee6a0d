#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BURST       10
#define A_SECOND    2
#define PATIENCE_MS 1000
#define PAUSE_MS    60000 /* after one that took all patience: nobody may hold up the rings twice */
#define PIPE_BYTES  65536 /* more frames than a pipe holds are not made */

extern char **environ;

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t not_before_ms;

/* A bucket of tokens. */
static bool may_run(void)
{
	static uint64_t last_ms;
	static uint64_t tokens_milli = BURST * 1000;
	uint64_t now = now_ms(), gained = (now - last_ms) * A_SECOND;
	tokens_milli = last_ms == 0 || tokens_milli + gained > BURST * 1000 ? BURST * 1000
									    : tokens_milli + gained;
	last_ms = now;
	if (tokens_milli < 1000 || now < not_before_ms)
		return false;
	tokens_milli -= 1000;
	return true;
}

static int start(uint32_t owner, int in, int out, pid_t *ret)
{
	char user[16], name[] = "linespan", command[] = "symbolize", option[] = "--user";
	char *argv[] = { name, command, option, user, NULL };
	posix_spawn_file_actions_t files;
	snprintf(user, sizeof(user), "%u", owner);
	int rc = posix_spawn_file_actions_init(&files);
	if (rc)
		return -rc;
	rc = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	rc = rc ? rc : posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	rc = rc ? rc
		: posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = rc ? rc : posix_spawn(ret, "/proc/self/exe", &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return -rc;
}

/* Until the other end is closed, or patience ends. */
static int read_all(int fd, struct lsp_buf *out)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	char piece[4096];
	for (uint64_t now = now_ms(); now < end; now = now_ms()) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (poll(&p, 1, (int)(end - now)) <= 0)
			continue;
		ssize_t n = read(fd, piece, sizeof(piece));
		if (n == 0)
			return 0;
		int rc = n < 0 ? (errno == EINTR ? 0 : -errno) : lsp_buf_add(out, piece, (size_t)n);
		if (rc)
			return rc;
	}
	return -ETIMEDOUT;
}

static int finish(pid_t child, int rc)
{
	int status;
	if (rc)
		kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -EIO;
	return rc ? rc : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

int lsp_frames_name(void *unused, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out)
{
	int in[2] = { -1, -1 }, from[2] = { -1, -1 };
	size_t before = out->len;
	pid_t child = -1;
	(void)unused;
	if (raw.len == 0 || raw.len >= PIPE_BYTES || !may_run())
		return -EAGAIN;
	int rc = pipe2(in, O_CLOEXEC) || pipe2(from, O_CLOEXEC) ? -errno : 0;
	/* The pipe takes it whole: nobody waits for anybody. */
	if (rc == 0 &&
		(write(in[1], raw.at, raw.len) != (ssize_t)raw.len || write(in[1], "\n", 1) != 1))
		rc = -EIO;
	rc = rc ? rc : start(owner, in[0], from[1], &child);
	close(in[0]), close(in[1]), close(from[1]);
	if (child > 0)
		rc = finish(child, read_all(from[0], out));
	close(from[0]);
	if (rc == -ETIMEDOUT)
		not_before_ms = now_ms() + PAUSE_MS;
	while (rc == 0 && out->len > before && out->at[out->len - 1] == '\n')
		out->len--;
	if (rc)
		out->len = before;
	return rc;
}
