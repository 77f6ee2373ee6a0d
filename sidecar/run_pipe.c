#include "run_pipe.h"
#include "commands.h"
#include "pipe_stream.h"
#include "../lib/core/carrier_env.h"
#include "../lib/core/random_id.h"
#include "../lib/core/ring_channels.h"
#include "../lib/core/settings.h"
#include "../lib/core/traceparent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND  127
#define PROMPT_MS       200 /* so long a line may stay unfinished before it is shown */
#define LAST_WORDS_MS   50 /* what the command wrote right before its end has come by then */

extern char **environ;

static struct lsp_settings settings;
static struct lsp_pipe_shared shared;
static struct lsp_pipe_stream streams[2];
static size_t n_streams;
static uint8_t parent_span[LSP_SPAN_ID_BYTES];
static volatile pid_t child;

/* ---- which streams
 * ------------------------------------------------------------------------------- */

static bool is_same_file(int a, int b)
{
	struct stat x, y;
	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool is_device(int fd)
{
	struct stat st;
	return fstat(fd, &st) || S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
}

static bool is_journal(int fd)
{
	struct stat st;
	char name[48];
	if (fstat(fd, &st))
		return false;
	snprintf(name, sizeof(name), "%llu:%llu", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	return settings.journal_stream[0] && strcmp(settings.journal_stream, name) == 0;
}

/* Rules R2 to R5, as the shim has them. */
static bool is_log(int fd)
{
	if (is_device(fd) || (is_same_file(0, 1) && is_same_file(fd, 0)))
		return false;
	if (fd == STDERR_FILENO)
		return settings.stderr_mode == LSP_ON;
	if (settings.stdout_mode != LSP_AUTO)
		return settings.stdout_mode == LSP_ON;
	return is_same_file(STDOUT_FILENO, STDERR_FILENO) || is_journal(fd);
}

/* ---- the command
 * --------------------------------------------------------------------------------- */

static void add_stream(int from, int to, uint8_t channel)
{
	struct lsp_pipe_stream *s = &streams[n_streams++];
	s->from = from;
	s->to = to;
	s->channel = channel;
}

static struct sigaction host_pipe, host_child; /* as we were started with them */

/* The command is below our process span: what it traces itself, too. */
static void hand_on_context(void)
{
	char text[LSP_TRACEPARENT_CHARS + 1] = "";
	if (!shared.has_context || !lsp_context_has_span(&shared.context))
		return;
	lsp_traceparent_format(&shared.context, text);
	setenv("TRACEPARENT", text, 1);
}

static _Noreturn void become(char **argv, const int to[3])
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (to[fd] >= 0)
			dup2(to[fd], fd);
	hand_on_context();
	/* What is ignored stays ignored over exec: that we ignore SIGPIPE is our matter. */
	sigaction(SIGPIPE, &host_pipe, NULL);
	sigaction(SIGCHLD, &host_child, NULL);
	execvp(argv[0], argv);
	int e = errno;
	fprintf(stderr, "linespan run: %s: %s\n", argv[0],
		e == ENOENT ? "command not found" : strerror(e));
	_exit(e == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

static int start(char **argv)
{
	bool err = is_log(STDERR_FILENO), out = is_log(STDOUT_FILENO);
	bool both = err && out && is_same_file(STDOUT_FILENO, STDERR_FILENO);
	int a[2], b[2], to[3] = { -1, -1, -1 };
	if (err) {
		if (pipe2(a, O_CLOEXEC))
			return -errno;
		add_stream(a[0], STDERR_FILENO, LSP_CHANNEL_STDERR);
		to[STDERR_FILENO] = a[1];
	}
	if (both) {
		to[STDOUT_FILENO] = a[1];
	} else if (out) {
		if (pipe2(b, O_CLOEXEC))
			return -errno;
		add_stream(b[0], STDOUT_FILENO, LSP_CHANNEL_STDOUT);
		to[STDOUT_FILENO] = b[1];
	}
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become(argv, to);
	child = pid;
	if (err)
		close(a[1]);
	if (out && !both)
		close(b[1]);
	return 0;
}

/* ---- signals
 * ------------------------------------------------------------------------------------- */

static int wake[2] = { -1, -1 };

static void on_signal(int signal, siginfo_t *info, void *unused)
{
	int saved = errno;
	(void)unused;
	if (signal == SIGCHLD)
		(void)!write(wake[1], "", 1);
	else if (info->si_code <= 0 && child > 0)
		kill(child, signal);
	errno = saved;
}

static int catch_signals(void)
{
	static const int handed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
		SIGALRM, SIGWINCH, SIGCONT };
	struct sigaction action = { .sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++) {
		struct sigaction now;
		/* What we were started to ignore (nohup), the command ignores as well. */
		if (sigaction(handed_on[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(handed_on[i], &action, NULL);
	}
	sigaction(SIGCHLD, &action, &host_child); /* ignored, it would tell no exit status */
	sigaction(SIGPIPE, &ignore, &host_pipe);
	return 0;
}

/* ---- pumping
 * ------------------------------------------------------------------------------------- */

static void end_stream(struct lsp_pipe_stream *s)
{
	close(s->from); /* a command that writes on is told by SIGPIPE, as without us */
	s->from = -1;
}

/* One round. Returns how many streams are left. */
static size_t pump(int timeout_ms, bool *ret_quiet)
{
	struct pollfd p[3] = { { .fd = wake[0], .events = POLLIN } };
	size_t open = 0;
	char drop[64];
	for (size_t i = 0; i < n_streams; i++) {
		p[i + 1] = (struct pollfd){ .fd = streams[i].from, .events = POLLIN };
		open += streams[i].from >= 0;
	}
	int ready = poll(p, n_streams + 1, timeout_ms);
	*ret_quiet = ready == 0;
	if (ready > 0 && p[0].revents)
		(void)!read(wake[0], drop, sizeof(drop));
	for (size_t i = 0; i < n_streams; i++) {
		struct lsp_pipe_stream *s = &streams[i];
		if (s->from < 0)
			continue;
		int rc = ready > 0 && p[i + 1].revents ? lsp_pipe_stream_pump(s, &shared) : 1;
		if (rc == 1 && ready == 0)
			rc = lsp_pipe_stream_flush(s) ? 0 : 1;
		if (rc <= 0) {
			end_stream(s);
			open--;
		}
	}
	return open;
}

/* Until the command has ended and its last words are out. Returns its wait status. */
static int serve(size_t *ret_open)
{
	int status = 0;
	size_t open = n_streams;
	bool quiet = false, ended = false;
	while (!ended) {
		bool held = false;
		for (size_t i = 0; i < n_streams; i++)
			held = held || (streams[i].from >= 0 && streams[i].held);
		open = pump(held ? PROMPT_MS : -1, &quiet);
		ended = waitpid(child, &status, WNOHANG) == child;
	}
	for (quiet = false; open > 0 && !quiet;)
		open = pump(LAST_WORDS_MS, &quiet);
	*ret_open = open;
	return status;
}

/* ---- the process span
 * ---------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static void find_context(void)
{
	struct lsp_random random = { 0 };
	if (settings.context == LSP_CONTEXT_OFF || settings.context == LSP_CONTEXT_PUBLISHED ||
		lsp_carrier_env_read(environ, &shared.context))
		return;
	shared.has_context = true;
	memcpy(parent_span, shared.context.span_id, sizeof(parent_span));
	if (settings.spans != LSP_OFF)
		lsp_random_id(&random, shared.context.span_id, LSP_SPAN_ID_BYTES);
}

static void begin_span(const char *program)
{
	struct lsp_ring_span_in span = { .context = &shared.context,
		.parent_span_id = parent_span,
		.start_ns = lsp_now_ns(),
		.tid = (uint32_t)child,
		.kind = 1,
		.name = program,
		.name_bytes = strlen(program) };
	shared.ring.pid = (uint32_t)child;
	if (shared.has_context && settings.spans != LSP_OFF)
		(void)lsp_ring_put_span(&shared.ring, LSP_RECORD_PROCESS_START, &span);
}

static void end_span(int status)
{
	if (shared.has_context && settings.spans != LSP_OFF)
		(void)lsp_ring_put_exit(&shared.ring, &shared.context, (uint32_t)child,
			WIFEXITED(status) ? WEXITSTATUS(status) : 0,
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* ---- the end
 * ------------------------------------------------------------------------------------- */

/* Something in the background still has the streams: the caller need not wait for that. */
static void serve_on(void)
{
	bool quiet;
	if (fork() != 0)
		return;
	setsid();
	shared.ring.pid = (uint32_t)getpid();
	while (pump(PROMPT_MS, &quiet) > 0)
		;
	_exit(0);
}

static int end_alike(int status)
{
	struct rlimit none = { 0, 0 };
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none); /* the command's core is enough */
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

int lsp_run_pipe(char **argv)
{
	const char *program = base_name(argv[0]);
	struct lsp_ring_identity id = { .program = program,
		.writer = "pipe " LINESPAN_VERSION_TEXT };
	size_t open;
	lsp_settings_load(&settings, environ, program);
	id.service = settings.service;
	shared.style = (struct lsp_stamp_style){ .format = settings.format,
		.fields = settings.fields,
		.project = settings.gcp_project[0] ? settings.gcp_project : NULL };
	lsp_ring_init(&shared.ring);
	find_context();
	if (shared.has_context)
		(void)lsp_ring_open(&shared.ring, settings.dir, 0, &id);
	int rc = catch_signals();
	rc = rc ? rc : start(argv);
	if (rc) {
		fprintf(stderr, "linespan run: %s: %s\n", argv[0], strerror(-rc));
		return EXIT_CANNOT_RUN;
	}
	begin_span(program);
	int status = serve(&open);
	end_span(status);
	if (open > 0)
		serve_on();
	lsp_ring_close(&shared.ring, settings.dir);
	return end_alike(status);
}
