/* Starts `printenv`-like children by every route: routes ROUTE [own|attach|threads|jump]…
 *
 * Prints what the child sees as one line: "TRACEPARENT TRACESTATE LINESPAN PRELOADED" ("-" for what
 * is not there), then "same" when this program's environment is byte for byte what it was, errno
 * included. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linespan.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
FILE *_IO_popen(const char *, const char *);

#define SCRIPT                                                                                     \
	"case $LD_PRELOAD in *linespan-preload*) p=yes ;; *) p=no ;; esac; "                       \
	"echo ${TRACEPARENT:--} ${TRACESTATE:--} ${LINESPAN:--} $p"

static char *const arguments[] = { "sh", "-c", SCRIPT, NULL };

enum kind { REPLACES, WAITS, ASKS };

static void by_execve(void)
{
	execve("/bin/sh", arguments, environ);
}
static void by_execv(void)
{
	execv("/bin/sh", arguments);
}
static void by_execvp(void)
{
	execvp("sh", arguments);
}
static void by_execvpe(void)
{
	execvpe("sh", arguments, environ);
}
static void by_fexecve(void)
{
	fexecve(open("/bin/sh", O_RDONLY), arguments, environ);
}
static void by_execveat(void)
{
	execveat(AT_FDCWD, "/bin/sh", arguments, environ, 0);
}
static void by_execl(void)
{
	execl("/bin/sh", "sh", "-c", SCRIPT, (char *)NULL);
}
static void by_execlp(void)
{
	execlp("sh", "sh", "-c", SCRIPT, (char *)NULL);
}
static void by_execle(void)
{
	execle("/bin/sh", "sh", "-c", SCRIPT, (char *)NULL, environ);
}
static void by_syscall(void)
{
	syscall(SYS_execve, "/bin/sh", arguments, environ);
}

static void await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		printf("status %d\n", status);
}

static void by_posix_spawn(void)
{
	pid_t pid;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) == 0)
		await(pid);
}

static void by_posix_spawnp(void)
{
	pid_t pid;

	if (posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ) == 0)
		await(pid);
}

static void by_system(void)
{
	int r = system(SCRIPT "; exit 3");

	if (!WIFEXITED(r) || WEXITSTATUS(r) != 3)
		printf("system() returned %d\n", r);
}

static void print_and_close(FILE *pipe)
{
	char line[512];

	while (fgets(line, sizeof(line), pipe))
		fputs(line, stdout);
	if (pclose(pipe) != 3 << 8)
		printf("pclose() failed\n");
}

static void by_popen(void)
{
	print_and_close(popen(SCRIPT "; exit 3", "r"));
}
static void by_io_popen(void)
{
	print_and_close(_IO_popen(SCRIPT "; exit 3", "r"));
}

static void by_popen_write(void)
{
	FILE *pipe = popen("sh", "w");

	fputs(SCRIPT "\n", pipe);
	pclose(pipe);
}

static void by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execve("/bin/sh", arguments, environ);
		_exit(9);
	}
	await(pid);
}

static const struct route {
	const char *name;
	void (*go)(void);
	int replaces;
} routes[] = {
	{ "execve", by_execve, 1 },
	{ "execv", by_execv, 1 },
	{ "execvp", by_execvp, 1 },
	{ "execvpe", by_execvpe, 1 },
	{ "fexecve", by_fexecve, 1 },
	{ "execveat", by_execveat, 1 },
	{ "execl", by_execl, 1 },
	{ "execlp", by_execlp, 1 },
	{ "execle", by_execle, 1 },
	{ "syscall", by_syscall, 1 },
	{ "posix_spawn", by_posix_spawn, 0 },
	{ "posix_spawnp", by_posix_spawnp, 0 },
	{ "system", by_system, 0 },
	{ "popen", by_popen, 0 },
	{ "_IO_popen", by_io_popen, 0 },
	{ "popen_write", by_popen_write, 0 },
	{ "vfork", by_vfork, 0 },
};

static void *nothing(void *p)
{
	return p;
}

static void attach(void)
{
	static const char text[] = "00-11112222333344445555666677778888-9999aaaabbbbcccc-01";
	struct linespan_context c, previous;

	linespan_traceparent_parse(text, sizeof(text) - 1, &c);
	linespan_attach(&c, &previous);
}

static sigjmp_buf away;
static void leave(int signal)
{
	siglongjmp(away, signal);
}

/* Leaves system() in the middle, as an old shell with a time limit does. */
static void jump_out(void)
{
	signal(SIGALRM, leave);
	if (sigsetjmp(away, 1) == 0) {
		alarm(1);
		system("sleep 2");
	}
	setenv("ADDED", "later", 1);
	if (system("test \"$ADDED\" = later") != 0)
		printf("setenv() was lost\n");
	unsetenv("ADDED");
}

static void prepare(int n, char **options)
{
	pthread_t thread;

	for (int i = 0; i < n; i++) {
		if (strcmp(options[i], "own") == 0)
			setenv("TRACEPARENT",
				"00-aaaabbbbccccddddeeeeffff00001111-2222333344445555-01", 1);
		else if (strcmp(options[i], "attach") == 0)
			attach();
		else if (strcmp(options[i], "threads") == 0)
			pthread_create(&thread, NULL, nothing, NULL);
		else if (strcmp(options[i], "jump") == 0)
			jump_out();
	}
}

static char *snapshot(void)
{
	static char texts[2][1 << 16];
	static int which;
	char *to = texts[which++ % 2], *at = to;

	for (char **e = environ; *e; e++)
		at = stpcpy(stpcpy(at, *e), "\n");
	return to;
}

static void run(const struct route *route)
{
	pid_t pid;

	if (!route->replaces) {
		route->go();
		return;
	}
	pid = fork();
	if (pid == 0) {
		route->go();
		_exit(9);
	}
	await(pid);
}

int main(int argc, char **argv)
{
	const char *before;
	char **pointer;

	setvbuf(stdout, NULL, _IONBF, 0);
	prepare(argc - 2, argv + 2);
	before = snapshot();
	pointer = environ;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (argc > 1 && strcmp(argv[1], routes[i].name) == 0)
			run(&routes[i]);
	puts(environ == pointer && strcmp(before, snapshot()) == 0 ? "same" : "changed");
	return 0;
}
