/* What a line costs under the shim, against the same call made past it, in turn within one process.
 *
 * Run by tests/bench/run.sh under the shim, without a spool (stamping alone) and with one (the ring
 * too). It publishes its own otel_thread_ctx_v1, so that a context can be switched on and off;
 * libc's own functions are had by a look-up that passes the shim by.
 *
 *	bench_shim CASE FOLDER
 *
 * Prints "ratio=R plus_ns=N base_ns=N": medians over rounds; each round times both, in turn. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define ROUNDS 201
static int calls = 200; /* of a round */

static struct {
	uint8_t trace[16], span[8], valid, flags;
	uint16_t attrs;
} record = { { 0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3, 0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d, 0x0e, 0x0e,
		     0x47, 0x36 },
	{ 0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7 }, 1, 1, 0 };
__attribute__((visibility("default"))) __thread void *otel_thread_ctx_v1;

static ssize_t (*plain_write)(int, const void *, size_t);
static int (*plain_fprintf)(FILE *, const char *, ...);
static void (*plain_syslog)(int, const char *, ...);

static char line[121], stamped[256];
static int fd;
static FILE *file;
static int pipe_ends[2];

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void base_write(void)
{
	(void)!plain_write(fd, line, 120);
}

static void ours_write(void)
{
	(void)!write(fd, line, 120);
}

static void base_same_bytes(void)
{
	plain_fprintf(file, "%s %s", "request", stamped);
}

static void base_fprintf(void)
{
	plain_fprintf(file, "%s %s", "request", line);
}

static void ours_fprintf(void)
{
	fprintf(file, "%s %s", "request", line);
}

/* /dev/log is ours (bench_hosts.sh makes a /dev for it); a child reads it, and dies with us. */
static void open_syslog(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int s = socket(AF_UNIX, SOCK_DGRAM, 0);
	char buf[512];

	if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof(at))) {
		perror("bench_shim: /dev/log");
		exit(2);
	}
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)!recv(s, buf, sizeof(buf), 0);
	}
	openlog("bench", LOG_PID, LOG_USER);
}

static void base_syslog(void)
{
	plain_syslog(LOG_INFO, "%.110s", line);
}

static void ours_syslog(void)
{
	syslog(LOG_INFO, "%.110s", line);
}

/* A child that dies of a fault: without a context nothing is told of it. The child's stderr is
 * closed, so that what is timed is the record. */
static void crash(void)
{
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		close(2);
		*(volatile int *)(uintptr_t)16 = 1;
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_value);
	return v[ROUNDS / 2];
}

static void open_log(const char *folder, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
}

/* Room for a whole round: emptied between rounds, so that no reader's wake-up is timed. */
static void open_pipe(void)
{
	if (pipe(pipe_ends) || fcntl(pipe_ends[1], F_SETPIPE_SZ, 1 << 20) < 0)
		exit(2);
	fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
	fd = 2; /* a pipe is a log only as a standard stream */
	dup2(pipe_ends[1], 2);
}

static void drain(void)
{
	static char buf[1 << 20];

	while (fd == 2 && read(pipe_ends[0], buf, sizeof(buf)) > 0)
		;
}

static double timed(void (*call)(void), int active)
{
	uint64_t from;

	otel_thread_ctx_v1 = active ? &record : NULL;
	from = now();
	for (int i = 0; i < calls; i++)
		call();
	from = now() - from;
	otel_thread_ctx_v1 = NULL;
	drain();
	return (double)from / calls;
}

int main(int argc, char **argv)
{
	static double ratios[ROUNDS], bases[ROUNDS], plus[ROUNDS];
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	void (*base)(void) = base_write, (*ours)(void) = ours_write;
	const char *what = argc == 3 ? argv[1] : "";
	int active = 1, base_active;

	plain_write = (ssize_t(*)(int, const void *, size_t))dlsym(libc, "write");
	plain_fprintf = (int (*)(FILE *, const char *, ...))dlsym(libc, "fprintf");
	plain_syslog = (void (*)(int, const char *, ...))dlsym(libc, "syslog");
	memset(line, 'x', 119);
	for (int i = 9; i < 119; i += 10)
		line[i] = ' ';
	line[119] = '\n';
	snprintf(stamped, sizeof(stamped), "%.119s trace_id=%s span_id=%s\n", line,
		"4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
	if (!strcmp(what, "inactive-null")) {
		active = 0;
		fd = open("/dev/null", O_WRONLY);
	} else if (!strcmp(what, "inactive-file")) {
		active = 0;
		open_log(argv[2], "inactive.log", O_APPEND);
	} else if (!strcmp(what, "inactive-pipe")) {
		active = 0;
		open_pipe();
	} else if (!strcmp(what, "file")) {
		open_log(argv[2], "bench.log", O_APPEND);
	} else if (!strcmp(what, "mirror-file")) {
		open_log(argv[2], "mirror.log", 0); /* not to append: mirrored only */
	} else if (!strcmp(what, "pipe")) {
		open_pipe();
	} else if (!strcmp(what, "stdio-full") || !strcmp(what, "stdio-line")) {
		open_log(argv[2], "stdio.log", O_APPEND);
		file = fdopen(fd, "a");
		setvbuf(file, NULL, what[6] == 'f' ? _IOFBF : _IOLBF, 65536);
		base = what[6] == 'f' ? base_same_bytes : base_fprintf;
		ours = ours_fprintf;
	} else if (!strcmp(what, "syslog")) {
		open_syslog();
		base = base_syslog;
		ours = ours_syslog;
	} else if (!strcmp(what, "crash")) {
		calls = 2;
		base = ours = crash;
	} else {
		fprintf(stderr, "bench_shim: no such case: %s\n", what);
		return 2;
	}
	base_active = base == crash ? 0 : active;
	for (int i = 0; i < 10; i++) {
		timed(base, base_active);
		timed(ours, active);
	}
	for (int i = 0; i < ROUNDS; i++) {
		double a, b;

		if (i & 1) {
			a = timed(ours, active);
			b = timed(base, base_active);
		} else {
			b = timed(base, base_active);
			a = timed(ours, active);
		}
		ratios[i] = a / b;
		plus[i] = a - b;
		bases[i] = b;
	}
	printf("ratio=%.3f plus_ns=%.0f base_ns=%.0f\n", median(ratios), median(plus),
		median(bases));
	return 0;
}
