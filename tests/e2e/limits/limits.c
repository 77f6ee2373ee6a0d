/* A program at the limits that a system sets: limits MODE [NUMBER]. Says on standard output what
 * it gets to see of its calls, and logs to standard error and to app.log all the while. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int log_fd;

/* A line each way; says what the calls returned. */
static void say(const char *what)
{
	char line[200];
	int n = snprintf(line, sizeof(line), "%s, by write\n", what);
	errno = 0;
	printf("%s: ", what);
	printf("%zd ", write(2, line, (size_t)n));
	printf("%d ", fprintf(stderr, "%s, by stdio\n", what));
	printf("%zd %s\n", write(log_fd, line, (size_t)n), strerror(errno));
	fflush(stdout);
}

static void limit(int which, rlim_t to)
{
	struct rlimit l;
	getrlimit(which, &l);
	l.rlim_cur = to;
	if (setrlimit(which, &l))
		printf("setrlimit: %s\n", strerror(errno));
}

static void in_child(const char *what)
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		say(what);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	printf("a child ended with %d\n", WEXITSTATUS(status));
}

/* No descriptor is left; then one is. */
static void descriptors(int number)
{
	int last = -1, fd, n = 0;
	limit(RLIMIT_NOFILE, (rlim_t)number);
	say("few descriptors");
	while ((fd = open("/dev/null", O_WRONLY)) >= 0 && ++n)
		last = fd;
	printf("%d more, up to %d, then %s\n", n, last, strerror(errno));
	say("no descriptor is left");
	printf("fopen: %s\n", fopen("other.log", "a") ? "opened" : strerror(errno));
	printf("dup: %d %s\n", dup(2), strerror(errno));
	in_child("a child without descriptors");
	if (last >= 0)
		close(last);
	fd = open("other.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	printf("open: %d\n", fd);
	if (fd >= 0)
		printf("write: %zd\n", write(fd, "the last descriptor\n", 20));
	say("none again");
}

static int opens(const char *name)
{
	return open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

/* All is closed, by every way there is; the numbers then mean other things. */
static void closed(int way)
{
	int out = fcntl(1, F_DUPFD, 100), err = fcntl(2, F_DUPFD, 100);
	static char text[] = "neither text nor log\n";
	say("before");
	for (int round = 0; round < 3; round++) {
		if (way == 0)
			closefrom(0);
		else if (way == 1)
			close_range(0, 99, 0);
		else if (way == 2)
			syscall(SYS_close_range, 0, 99, 0);
		else
			close_range(0, 99, CLOSE_RANGE_UNSHARE);
		if (way == 0) {
			/* Nobody has a copy any more. */
			open("/dev/null", O_RDONLY);
			opens("out.log");
			opens("err.log");
			log_fd = round % 2 ? opens("data.bin") : opens("other.log");
		} else {
			open("/dev/null", O_RDONLY);
			dup2(out, 1);
			dup2(err, 2);
			log_fd = round % 2 ? opens("data.bin") : opens("other.log");
		}
		printf("the next descriptor is %d\n", log_fd);
		if (round % 2)
			printf("%zd\n", write(log_fd, text, sizeof(text) - 1));
		else
			say("afterwards");
	}
}

static void *counts(void *arg)
{
	(void)arg;
	return NULL;
}

/* Memory is at its end, and still is when a line comes. */
static void memory(void)
{
	static char *got[100000];
	int n = 0;
	pthread_t thread;
	struct rlimit l;
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;
	fscanf(statm, "%ld", &pages);
	fclose(statm);
	getrlimit(RLIMIT_AS, &l);
	limit(RLIMIT_AS, (rlim_t)pages * 4096 + (4 << 20));
	say("little memory");
	while (n < 100000 && (got[n] = malloc(40)))
		n++;
	printf("malloc: %s\n", strerror(errno));
	say("no memory is left");
	printf("a thread: %s\n", strerror(pthread_create(&thread, NULL, counts, NULL)));
	printf("mmap: %s\n",
		mmap(NULL, 8 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
			? strerror(errno)
			: "there");
	in_child("a child without memory");
	for (int i = 0; i < 20000; i++) {
		int fd = i < 40 ? dup(2) : 2;
		if (write(fd, "descriptors that nobody has looked at\n", 38) != 38)
			printf("write: %s\n", strerror(errno));
		if (i >= 40)
			break;
	}
	limit(RLIMIT_AS, l.rlim_cur);
}

static void *small(void *arg)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "thread %ld with a small stack\n", (long)arg);
	return (void *)(write(2, line, (size_t)n) == n && write(log_fd, line, (size_t)n) == n);
}

/* The smallest stacks there are, by attribute and by the default that the limit sets. */
static void stacks(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	void *well;
	int good = 0;
	pthread_attr_init(&attr);
	printf("%s\n", strerror(pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN)));
	pthread_attr_setguardsize(&attr, 4096);
	for (long i = 0; i < 100; i++) {
		if (pthread_create(&thread, &attr, small, (void *)i))
			continue;
		pthread_join(thread, &well);
		good += well != NULL;
	}
	printf("%d threads of %d bytes\n", good, (int)PTHREAD_STACK_MIN);
	limit(RLIMIT_STACK, 128 * 1024);
	for (int i = 0; i < 3; i++)
		in_child("a child with a small stack");
	say("a small stack");
}

/* A file may not become longer; with SIGXFSZ ignored, the calls say so. */
static void sizes(int number)
{
	int sized = opens("sized.txt");
	ssize_t n = 0, one;
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, (rlim_t)number);
	while ((one = write(sized, "a line that is as long as others\n", 33)) > 0)
		n += one;
	printf("%zd bytes, then %s\n", n, strerror(errno));
	in_child("a child that may not write long files");
	say("small files");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? atoi(argv[2]) : 0;

	setvbuf(stdout, NULL, _IOFBF, 0);
	log_fd = opens("app.log");
	if (strcmp(mode, "descriptors") == 0)
		descriptors(number);
	else if (strcmp(mode, "closed") == 0)
		closed(number);
	else if (strcmp(mode, "memory") == 0)
		memory();
	else if (strcmp(mode, "stacks") == 0)
		stacks();
	else if (strcmp(mode, "sizes") == 0)
		sizes(number);
	say("the end");
	return 5;
}
