/* A program that gives its rights up: sandbox MODE. After that it logs on, to standard error and to
 * app.log, with the system calls that it needs itself: a filter kills it for any other kind. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 600 /* more than the ring has memory behind at first */

static const int allowed[] = { SYS_write, SYS_exit, SYS_exit_group, SYS_prctl, SYS_seccomp };
#define N_ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static int log_fd, unseen_fd, go, here;
static FILE *stream;

static void logs(const char *what)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "%s, by write\n", what);
	for (int i = 0; i < LINES; i++)
		if (write(2, line, (size_t)n) != n || write(log_fd, line, (size_t)n) != n)
			_exit(9);
	fprintf(stderr, "%s, by stdio\n", what);
	fprintf(stream, "%s, by a stream\n", what);
	write(unseen_fd, "a descriptor that was not used before\n", 38);
}

/* A thread that is there when the filter comes, and one line is its first. */
static void *waits(void *arg)
{
	(void)arg;
	__atomic_store_n(&here, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) != 1)
		;
	logs("another thread");
	__atomic_store_n(&go, 2, __ATOMIC_RELEASE);
	for (;;)
		;
}

static void with_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, waits, NULL))
		_exit(8);
	while (!__atomic_load_n(&here, __ATOMIC_ACQUIRE))
		;
}

static void let_thread_log(void)
{
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) != 2)
		;
}

static struct sock_filter program[N_ALLOWED + 3];
static struct sock_fprog filter = { .filter = program };

static void make_filter(void)
{
	unsigned n = 0;
	program[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < N_ALLOWED; i++)
		program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			(unsigned)allowed[i], (unsigned char)(N_ALLOWED - i), 0);
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter.len = (unsigned short)n;
}

static int by_libseccomp(void)
{
	void *lib = dlopen("libseccomp.so.2", RTLD_NOW);
	void *(*init)(uint32_t) = lib ? dlsym(lib, "seccomp_init") : NULL;
	int (*add)(void *, uint32_t, int, unsigned, ...) =
		lib ? dlsym(lib, "seccomp_rule_add") : NULL;
	int (*load)(void *) = lib ? dlsym(lib, "seccomp_load") : NULL;
	void *context = init ? init(0x80000000u) : NULL;
	if (!context)
		return -1;
	for (unsigned i = 0; i < N_ALLOWED; i++)
		add(context, 0x7fff0000u, allowed[i], 0);
	return load(context);
}

static int confined(const char *mode)
{
	make_filter();
	struct sock_fprog empty = { 0 };
	if (strcmp(mode, "twice") == 0) {
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
			return -1;
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &empty);
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &empty);
		return 0;
	}
	if (strcmp(mode, "prctl") == 0)
		return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
	if (strcmp(mode, "syscall") == 0)
		return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
	if (strcmp(mode, "threads") == 0)
		return (int)syscall(
			SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
	if (strcmp(mode, "strict") == 0)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	return by_libseccomp();
}

static int sandboxed(const char *mode)
{
	if (strcmp(mode, "threads") == 0)
		with_thread();
	if (confined(mode)) {
		printf("no filter: %s\n", strerror(errno));
		return 6;
	}
	logs("in the sandbox");
	if (strcmp(mode, "threads") == 0)
		let_thread_log();
	if (strcmp(mode, "strict") == 0)
		syscall(SYS_exit, 5);
	return 5;
}

/* ---- without system calls being forbidden ---------------------------------------------------- */

static void in_child(const char *what)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		logs(what);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	printf("a child ended with %d\n", WEXITSTATUS(status));
}

/* Filters that the kernel does not take: a probe for support, an empty one, an unknown kind. */
static int refused(void)
{
	struct sock_fprog empty = { 0 };
	printf("probe: %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL));
	printf("probe by number: %ld\n",
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, NULL));
	printf("empty: %d\n", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &empty));
	printf("empty by number: %ld\n", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &empty));
	printf("unknown: %d\n", prctl(PR_SET_SECCOMP, 9, &empty));
	printf("errno: %d\n", errno);
	logs("without a filter");
	return 5;
}

static int copy(void *what)
{
	logs(what);
	return 7;
}

/* Forks that libc does not hear of, or only by clone(). */
static int forks_by_number(void)
{
	static char stack[65536] __attribute__((aligned(64)));
	static const char *const names[] = { "clone by number", "fork by number", "clone" };
	int status;
	for (int i = 0; i < 3; i++) {
		pid_t pid = i == 0 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)
			    : i == 1
				    ? syscall(SYS_fork)
				    : clone(copy, stack + sizeof(stack), SIGCHLD, (void *)names[i]);
		if (pid == 0)
			_exit(copy((void *)names[i]));
		waitpid(pid, &status, 0);
		printf("%s: a child ended with %d\n", names[i], WEXITSTATUS(status));
	}
	printf("a number that is none: %ld, %d\n", syscall(100000, 1, 2, 3, 4, 5, 6), errno);
	printf("a clone that is refused: %d, %d\n", clone(NULL, stack, SIGCHLD, NULL), errno);
	printf("six arguments: %d\n",
		(void *)syscall(SYS_mmap, 0, 4096, 3, 0x22, -1, 0) != (void *)-1);
	logs("their parent");
	return 5;
}

static int in_empty_root(void)
{
	mkdir("empty", 0755);
	printf("chroot: %d\n", chroot("empty"));
	printf("chdir: %d\n", chdir("/"));
	in_child("a child in an empty root");
	printf("setgroups: %d\n", setgroups(0, NULL));
	printf("setgid: %d\n", setgid(65534));
	printf("setuid: %d\n", setuid(65534));
	printf("open: %d\n", open("/etc/passwd", O_RDONLY));
	printf("setuid back: %d\n", setuid(0));
	in_child("a child that is nobody");
	logs("nobody");
	return 5;
}

static int in_namespaces(void)
{
	static const struct {
		const char *name;
		int flags;
	} kinds[] = { { "files", CLONE_FILES | CLONE_FS }, { "mounts", CLONE_NEWNS },
		{ "processes", CLONE_NEWPID },
		{ "the rest", CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET },
		{ "users", CLONE_NEWUSER } };
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		printf("%s: %d\n", kinds[i].name, unshare(kinds[i].flags));
		in_child(kinds[i].name);
	}
	logs("apart");
	return 5;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int status;

	setvbuf(stdout, NULL, _IONBF, 0);
	log_fd = open("app.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
	unseen_fd = open("unseen.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
	stream = fopen("stream.log", "a");
	setvbuf(stream, NULL, _IOLBF, 0);
	fprintf(stream, "the stream has its buffer\n");
	fprintf(stderr, "before\n");
	if (strcmp(mode, "chroot") == 0)
		status = in_empty_root();
	else if (strcmp(mode, "refused") == 0)
		status = refused();
	else if (strcmp(mode, "forks") == 0)
		status = forks_by_number();
	else if (strcmp(mode, "unshare") == 0)
		status = in_namespaces();
	else
		status = sandboxed(mode);
	return status;
}
