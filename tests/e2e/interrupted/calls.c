/* Every call that a hook stands in for and that can wait: a thread is cancelled in it, or jumps out
 * of it from a signal handler, while it waits for a pipe that is full, an empty one, or a peer that
 * does not come. Says for each how the thread ended, whether its FILE's lock is free, and whether
 * another thread can log on: calls cancel|jump|storm. With STAMPED set, lines must be stamped.
 * calls fork: children that are forked while other threads write, each with a pipe of its own.
 * Each call has a process of its own: what one leaves behind is not the next one's. */
#include <err.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

static int pipe_out; /* the reading end of standard error and output */
static int empty; /* nothing ever comes here */
static int full, full_peer; /* a socket that takes nothing now */
static int listener, loop;
static char text[] = "a line that is written while nobody reads\n";
static struct iovec parts[2] = { { text, 7 }, { text + 7, sizeof(text) - 8 } };
static struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
static char room[64];
static struct iovec rooms = { room, sizeof(room) };
static struct msghdr into = { .msg_iov = &rooms, .msg_iovlen = 1 };

static void with_args(int (*f)(const char *, va_list), const char *format, ...)
{
	va_list args;
	va_start(args, format);
	f(format, args);
	va_end(args);
}
static int to_vfprintf(const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}
static int to_vdprintf(const char *format, va_list args)
{
	return vdprintf(2, format, args);
}
static int to_vwarn(const char *format, va_list args)
{
	vwarn(format, args);
	return 0;
}
static int to_vwarnx(const char *format, va_list args)
{
	vwarnx(format, args);
	return 0;
}

/* A call a line. */
/* clang-format off */
static void c_write(void) { write(2, text, strlen(text)); }
static void c_write_pieces(void) { write(2, text, 5); write(2, text + 5, strlen(text) - 5); }
static void c_writev(void) { writev(2, parts, 2); }
static void c_send(void) { send(full, text, strlen(text), 0); }
static void c_sendto(void) { sendto(full, text, strlen(text), 0, NULL, 0); }
static void c_sendmsg(void) { sendmsg(full, &message, 0); }
static void c_dprintf(void) { dprintf(2, "%s", text); }
static void c_vdprintf(void) { with_args(to_vdprintf, "%s", text); }
static void c_puts(void) { puts(text); }
static void c_fputs(void) { fputs(text, stderr); }
static void c_fwrite(void) { fwrite(text, 1, strlen(text), stderr); }
static void c_putc(void) { for (char *at = text; *at; at++) putc(*at, stderr); }
static void c_putchar(void) { for (char *at = text; *at; at++) putchar(*at); }
static void c_printf(void) { printf("%s", text); }
static void c_fprintf(void) { fprintf(stderr, "%s", text); }
static void c_vfprintf(void) { with_args(to_vfprintf, "%s", text); }
static void c_big(void) { fprintf(stderr, "%70000d\n", 1); }
static void c_perror(void) { perror("perror"); }
static void c_error(void) { error(0, ENOENT, "error"); }
static void c_error_at_line(void) { error_at_line(0, ENOENT, "file", 7, "error"); }
static void c_warn(void) { warn("warn"); }
static void c_warnx(void) { warnx("warnx"); }
static void c_vwarn(void) { with_args(to_vwarn, "%s", "vwarn"); }
static void c_vwarnx(void) { with_args(to_vwarnx, "%s", "vwarnx"); }
static void c_psignal(void) { psignal(SIGHUP, "psignal"); }
static void c_herror(void) { herror("herror"); }
static void c_fwprintf(void) { fwprintf(stderr, L"%s", text); }
static void c_fputws(void) { fputws(L"wide characters\n", stderr); }
static void c_fputwc(void) { for (char *at = text; *at; at++) fputwc((wchar_t)*at, stderr); }
static void c_fclose(void)
{
	FILE *file = fdopen(dup(2), "a");
	fputs(text, file);
	fclose(file);
}
static void c_read(void) { read(empty, room, sizeof(room)); }
static void c_readv(void) { readv(empty, &rooms, 1); }
static void c_recv(void) { recv(full, room, sizeof(room), 0); }
static void c_recvfrom(void) { recvfrom(full, room, sizeof(room), 0, NULL, NULL); }
static void c_recvmsg(void) { recvmsg(full, &into, 0); }
static void c_accept(void) { accept(listener, NULL, NULL); }
static void c_accept4(void) { accept4(listener, NULL, NULL, SOCK_CLOEXEC); }
static void c_open(void) { open("fifo", O_WRONLY); }
static void c_openat(void) { openat(AT_FDCWD, "fifo", O_RDONLY); }
static void c_fopen(void) { fopen("fifo", "r"); }
static void c_poll(void) { struct pollfd p = { empty, POLLIN, 0 }; poll(&p, 1, -1); }
static void c_ppoll(void) { struct pollfd p = { empty, POLLIN, 0 }; ppoll(&p, 1, NULL, NULL); }
static void c_select(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(empty, &set);
	select(empty + 1, &set, NULL, NULL, NULL);
}
static void c_pselect(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(empty, &set);
	pselect(empty + 1, &set, NULL, NULL, NULL, NULL);
}
static void c_epoll_wait(void) { struct epoll_event e[4]; epoll_wait(loop, e, 4, -1); }
static void c_epoll_pwait(void) { struct epoll_event e[4]; epoll_pwait(loop, e, 4, -1, NULL); }
static void c_pclose(void) { FILE *p = popen("sleep 3", "r"); pclose(p); }
/* clang-format on */

static void c_fcntl(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	fcntl(open("held", O_RDWR), F_OFD_SETLKW, &lock);
}

#define CALL(name)                                                                                 \
	{                                                                                          \
#name, c_##name                                                                    \
	}
static const struct {
	const char *name;
	void (*call)(void);
} calls[] = { CALL(write), CALL(write_pieces), CALL(writev), CALL(send), CALL(sendto),
	CALL(sendmsg), CALL(dprintf), CALL(vdprintf), CALL(puts), CALL(fputs), CALL(fwrite),
	CALL(putc), CALL(putchar), CALL(printf), CALL(fprintf), CALL(vfprintf), CALL(big),
	CALL(perror), CALL(error), CALL(error_at_line), CALL(warn), CALL(warnx), CALL(vwarn),
	CALL(vwarnx), CALL(psignal), CALL(herror), CALL(fwprintf), CALL(fputws), CALL(fputwc),
	CALL(fclose), CALL(read), CALL(readv), CALL(recv), CALL(recvfrom), CALL(recvmsg),
	CALL(accept), CALL(accept4), CALL(open), CALL(openat), CALL(fopen), CALL(poll), CALL(ppoll),
	CALL(select), CALL(pselect), CALL(epoll_wait), CALL(epoll_pwait), CALL(pclose),
	CALL(fcntl) };

/* ---- what they wait for ---------------------------------------------------------------------- */

static void fill(int fd)
{
	char block[4096];
	int flags = fcntl(fd, F_GETFL);

	memset(block, '.', sizeof(block));
	block[sizeof(block) - 1] = '\n';
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, block, sizeof(block)) > 0)
		;
	while (write(fd, "\n", 1) > 0)
		;
	fcntl(fd, F_SETFL, flags);
}

static void set_up(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct epoll_event event = { .events = EPOLLIN };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ends[2];

	pipe(ends);
	pipe_out = ends[0];
	dup2(ends[1], 1);
	dup2(ends[1], 2);
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	pipe(ends);
	empty = ends[0];
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	full = ends[0];
	full_peer = ends[1];
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&at, sizeof(sa_family_t));
	listen(listener, 4);
	loop = epoll_create1(0);
	epoll_ctl(loop, EPOLL_CTL_ADD, empty, &event);
	fcntl(open("held", O_RDWR | O_CREAT, 0600), F_OFD_SETLK, &lock);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static sigjmp_buf back;
static volatile sig_atomic_t jumps;

static void on_signal(int signal)
{
	(void)signal;
	if (jumps)
		siglongjmp(back, 1);
}

static int here; /* the thread, once it can be jumped back to */

/* Until it sleeps in its call; however busy the machine is. */
static void await_sleep(void)
{
	char path[64], text[256];
	for (int tries = 0; tries < 2000; tries++) {
		usleep(10000);
		int thread = __atomic_load_n(&here, __ATOMIC_ACQUIRE);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
		int fd = thread ? open(path, O_RDONLY) : -1;
		ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		if (fd >= 0)
			close(fd);
		text[n > 0 ? n : 0] = 0;
		char *state = strrchr(text, ')');
		if (state && state[2] == 'S')
			return;
	}
}

static void *run(void *call)
{
	if (sigsetjmp(back, 1) == 0) {
		__atomic_store_n(&here, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
		((void (*)(void))call)();
		return "returned";
	}
	/* This thread goes on, too. */
	jumps = 0;
	write(2, "\nI am out\n", 10);
	return "jumped";
}

/* Asked by the main thread: a new one may stand where the dead one did, and own its locks. */
static const char *try_lock(void)
{
	if (ftrylockfile(stderr))
		return "held";
	funlockfile(stderr);
	if (ftrylockfile(stdout))
		return "held";
	funlockfile(stdout);
	return "free";
}

static void *log_on(void *way)
{
	write(2, "\nby write\n", 10);
	if (strcmp(way, "free") == 0 && fwide(stderr, 0) <= 0)
		fprintf(stderr, "by %s\n", "stdio");
	write(2, "in ", 3);
	write(2, "pieces\n", 7);
	return NULL;
}

static void *in_thread(void *(*start)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	pthread_create(&thread, NULL, start, arg);
	pthread_join(thread, &result);
	return result;
}

/* ---- what is left ---------------------------------------------------------------------------- */

static char got[4 << 20]; /* all that came out of the pipe */

static void drain(void)
{
	static size_t n;
	ssize_t r;

	fcntl(pipe_out, F_SETFL, O_NONBLOCK);
	while (n < sizeof(got) - 1 && (r = read(pipe_out, got + n, sizeof(got) - 1 - n)) > 0)
		n += (size_t)r;
}

/* "yes" when a line that begins so is there, whole, and stamped where lines are. */
static const char *has_line(const char *begin)
{
	const char *at = strstr(got, begin), *end;

	if (!at || !(end = strchr(at, '\n')))
		return "no";
	if (getenv("STAMPED"))
		return strncmp(at + strlen(begin), " trace_id=", 10) == 0 ? "yes" : "unstamped";
	return at[strlen(begin)] == '\n' ? "yes" : "torn";
}

static void interrupt_one(int out, const char *how, const char *name, void (*call)(void))
{
	const char *ended, *lock, *itself;
	pthread_t thread;
	void *result;

	set_up();
	fill(2);
	fill(full);
	jumps = strcmp(how, "jump") == 0;
	signal(SIGUSR1, on_signal);
	here = 0;
	pthread_create(&thread, NULL, run, (void *)call);
	await_sleep();
	if (jumps)
		pthread_kill(thread, SIGUSR1);
	else
		pthread_cancel(thread);
	usleep(20000);
	drain(); /* a write that goes on, and the jumper's own line, have room now */
	while (recv(full_peer, room, sizeof(room), MSG_DONTWAIT) > 0)
		;
	pthread_join(thread, &result);
	ended = result == PTHREAD_CANCELED ? "cancelled" : result;
	drain();
	itself = strcmp(ended, "jumped") == 0 ? has_line("I am out") : "-";
	lock = try_lock();
	in_thread(log_on, (void *)lock);
	drain();
	dprintf(out, "%s: %s, lock %s, goes on: %s %s %s %s\n", name, ended, lock, itself,
		has_line("by write"),
		strcmp(lock, "free") == 0 && fwide(stderr, 0) <= 0 ? has_line("by stdio") : "-",
		has_line("in pieces"));
}

/* Jumps out of write() and its like at any point, again and again; somebody reads. */
static void *interrupter(void *thread)
{
	for (int i = 0; i < 20000; i++) {
		if (pthread_kill((pthread_t)thread, SIGUSR1))
			break;
		for (volatile int spin = 0; spin < 300 + i % 977; spin++)
			;
	}
	jumps = 0;
	return NULL;
}

static void *reader(void *unused)
{
	char taken[4096];

	(void)unused;
	while (read(pipe_out, taken, sizeof(taken)) > 0)
		;
	return NULL;
}

static void storm(int out, const char *name, void (*call)(void))
{
	pthread_t thread, drainer;

	set_up();
	jumps = 1;
	signal(SIGUSR1, on_signal);
	pthread_create(&drainer, NULL, reader, NULL);
	sigsetjmp(back, 1);
	static volatile int started;
	if (!started++) /* this point is come back to */
		pthread_create(&thread, NULL, interrupter, (void *)pthread_self());
	while (jumps)
		call();
	pthread_join(thread, NULL);
	pthread_cancel(drainer);
	pthread_join(drainer, NULL);
	drain();
	in_thread(log_on, "held");
	drain();
	dprintf(out, "%s: goes on: %s %s\n", name, has_line("by write"), has_line("in pieces"));
}

/* ---- fork while others write ----------------------------------------------------------------- */

static void *noise(void *unused)
{
	for (;;)
		c_write_pieces();
	return unused;
}

static void fork_children(int out)
{
	pthread_t thread[2], drainer;
	int bad = 0, ends[2];

	set_up();
	pthread_create(&drainer, NULL, reader, NULL);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, noise, NULL);
	for (int i = 0; i < 2000; i++) {
		pipe(ends);
		pid_t pid = fork();
		if (pid == 0) {
			dup2(ends[1], 2);
			write(2, "in ", 3);
			write(2, "pieces\n", 7);
			_exit(0);
		}
		close(ends[1]);
		waitpid(pid, NULL, 0);
		got[read(ends[0], got, 1000)] = 0;
		close(ends[0]);
		bad += strcmp(has_line("in pieces"), "yes") != 0;
	}
	dprintf(out, "fork: goes on: %d of 2000 do not\n", bad);
	_exit(0);
}

static void one(int out, const char *how, size_t i)
{
	int status, left = 800;
	pid_t pid = fork();

	if (pid == 0) {
		if (strcmp(how, "storm") == 0)
			storm(out, calls[i].name, calls[i].call);
		else
			interrupt_one(out, how, calls[i].name, calls[i].call);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0 && left-- > 0)
		usleep(10000);
	if (left > 0) {
		if (status)
			dprintf(out, "%s: ended with status %d\n", calls[i].name, status);
		return;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	dprintf(out, "%s: hangs\n", calls[i].name);
}

int main(int argc, char **argv)
{
	static const char *const async_safe[] = { "write", "write_pieces", "writev" };
	int out = dup(1);

	(void)argc;
	mkfifo("fifo", 0600);
	if (strcmp(argv[1], "fork") == 0)
		fork_children(out);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		bool wanted = strcmp(argv[1], "storm") != 0;

		for (size_t s = 0; s < sizeof(async_safe) / sizeof(async_safe[0]); s++)
			wanted |= strcmp(async_safe[s], calls[i].name) == 0;
		if (wanted && (!argv[2] || strcmp(argv[2], calls[i].name) == 0))
			one(out, argv[1], i);
	}
	return 0;
}
