/* Servers that know nothing of tracing, one for each way to share threads among requests:
 *
 *	server threads|fork|pool|loop|timer PORT
 *
 * threads: a thread a connection; fork: a process a connection; pool: one thread reads heads,
 * others answer; loop: one thread, answers at once; timer: one thread, answers some milliseconds
 * later, as a program with timers or coroutines does. Each request logs one line before and one
 * after its answer, and both name the target. A path /child… also runs a program first. */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 1024
#define HEAD_BYTES  4096

struct connection {
	int fd;
	size_t used;
	char head[HEAD_BYTES];
	bool waits; /* for its timer */
	struct timespec due;
	struct connection *next;
};

static void log_line(const char *when, const struct connection *c)
{
	const char *target = strchr(c->head, ' ');
	int len = target ? (int)strcspn(target + 1, " ") : 0;

	dprintf(2, "%s %.*s\n", when, len, target ? target + 1 : "");
}

/* What careless programs do: descriptors are closed in a child that shares its parent's memory. */
static void run_child(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		closefrom(3);
		execl("/bin/true", "true", (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* Answers the first head; what follows it stays. False: the connection is to be closed. */
static bool answer(struct connection *c)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
	char *end = memmem(c->head, c->used, "\r\n\r\n", 4);
	bool last = memmem(c->head, (size_t)(end - c->head), "Connection: close", 17) != NULL;
	size_t len = (size_t)(end + 4 - c->head);

	if (memmem(c->head, len, " /child", 7))
		run_child();
	log_line("before", c);
	if (write(c->fd, text, sizeof(text) - 1) < 0)
		return false;
	log_line("after", c);
	memmove(c->head, c->head + len, c->used - len);
	c->used -= len;
	c->head[c->used] = 0;
	return !last;
}

static bool has_head(const struct connection *c)
{
	return memmem(c->head, c->used, "\r\n\r\n", 4) != NULL;
}

/* Reads once. False: the other side is gone. */
static bool fill(struct connection *c)
{
	ssize_t n = read(c->fd, c->head + c->used, sizeof(c->head) - 1 - c->used);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	c->used += (size_t)n;
	c->head[c->used] = 0;
	return true;
}

static void *serve(void *connection)
{
	struct connection *c = connection;
	bool more = true;

	while (more) {
		while (more && !has_head(c))
			more = fill(c);
		if (more)
			more = answer(c);
	}
	close(c->fd);
	free(c);
	return NULL;
}

static struct connection *next_connection(int listener)
{
	struct connection *c = calloc(1, sizeof(*c));

	c->fd = accept(listener, NULL, NULL);
	return c;
}

/* ---- a pool of workers ---------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static struct connection *queue;
static int loop;

static void watch(struct connection *c, int how)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT, .data.ptr = c };

	epoll_ctl(loop, how, c->fd, &event);
}

static void *work(void *unused)
{
	for (;;) {
		struct connection *c;
		bool more = true;

		pthread_mutex_lock(&lock);
		while (!queue)
			pthread_cond_wait(&filled, &lock);
		c = queue;
		queue = c->next;
		pthread_mutex_unlock(&lock);
		while (more && has_head(c))
			more = answer(c);
		if (more) {
			watch(c, EPOLL_CTL_MOD);
		} else {
			close(c->fd);
			free(c);
		}
	}
	return unused;
}

static void put_into_queue(struct connection *c)
{
	pthread_mutex_lock(&lock);
	c->next = queue;
	queue = c;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

/* ---- timers --------------------------------------------------------------------------------- */

static struct connection *waiting;

static void answer_later(struct connection *c)
{
	clock_gettime(CLOCK_MONOTONIC, &c->due);
	c->due.tv_nsec += 1000000 * (1 + rand() % 8);
	c->next = waiting;
	waiting = c;
}

static void close_connection(struct connection *c)
{
	close(c->fd);
	free(c);
}

static void run_timers(void)
{
	struct connection *all = waiting;
	struct timespec now;

	waiting = NULL;
	clock_gettime(CLOCK_MONOTONIC, &now);
	while (all) {
		struct connection *c = all;

		all = c->next;
		if ((now.tv_sec - c->due.tv_sec) * 1000000000 + now.tv_nsec < c->due.tv_nsec) {
			c->next = waiting;
			waiting = c;
		} else if (!answer(c)) {
			close_connection(c);
		} else if (has_head(c)) {
			answer_later(c);
		} else {
			watch(c, EPOLL_CTL_MOD);
		}
	}
}

/* ---- loops ---------------------------------------------------------------------------------- */

static void ready(struct connection *c, const char *mode)
{
	if (!fill(c)) {
		close_connection(c);
		return;
	}
	if (has_head(c) && strcmp(mode, "pool") == 0) {
		put_into_queue(c);
		return;
	}
	if (has_head(c) && strcmp(mode, "timer") == 0) {
		answer_later(c);
		return;
	}
	while (has_head(c))
		if (!answer(c)) {
			close_connection(c);
			return;
		}
	watch(c, EPOLL_CTL_MOD);
}

static void run_loop(int listener, const char *mode)
{
	struct epoll_event event = { .events = EPOLLIN }, events[64];
	pthread_t thread;

	loop = epoll_create1(0);
	epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
	for (int i = 0; i < 8 && strcmp(mode, "pool") == 0; i++)
		pthread_create(&thread, NULL, work, NULL);
	for (;;) {
		int n = epoll_wait(loop, events, 64, waiting ? 1 : -1);

		for (int i = 0; i < n; i++)
			if (events[i].data.ptr)
				ready(events[i].data.ptr, mode);
			else
				watch(next_connection(listener), EPOLL_CTL_ADD);
		run_timers();
	}
}

static void run_each(int listener, bool by_fork)
{
	pthread_t thread;

	for (;;) {
		struct connection *c = next_connection(listener);

		if (by_fork && fork() == 0) {
			serve(c);
			_exit(0);
		}
		if (by_fork) {
			close_connection(c);
		} else {
			pthread_create(&thread, NULL, serve, c);
			pthread_detach(thread);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (argc != 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[1], "fork") == 0)
		signal(SIGCHLD, SIG_IGN);
	at.sin_port = htons((unsigned short)atoi(argv[2]));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, CONNECTIONS))
		return 1;
	if (strcmp(argv[1], "threads") == 0 || strcmp(argv[1], "fork") == 0)
		run_each(listener, argv[1][0] == 'f');
	else
		run_loop(listener, argv[1]);
	return 0;
}
