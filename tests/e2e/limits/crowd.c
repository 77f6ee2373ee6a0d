/* Many at once: crowd threads|forks|vforks N LINES [wait]. Each thread, and each child, has a span
 * of its own, and its lines say which. With "wait" it stays until its standard input ends. */
#include <linespan.h>

#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int lines, started, many;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_there = PTHREAD_COND_INITIALIZER;

static void work(const char *kind, long me)
{
	struct linespan_span span;
	char name[17], line[128];
	linespan_span_begin(&span, "one of many", LINESPAN_INTERNAL);
	for (int i = 0; i < 8; i++)
		snprintf(name + 2 * i, 3, "%02x", span.context.span_id[i]);
	for (int i = 0; i < lines; i++) {
		int n = snprintf(line, sizeof(line), "%s %ld line %d of=%s\n", kind, me, i, name);
		if (i % 2)
			fprintf(stderr, "%s", line);
		else if (write(2, line, (size_t)n) != n)
			_exit(3);
	}
	linespan_span_end(&span);
}

static void *thread(void *arg)
{
	/* All are there before one begins. */
	pthread_mutex_lock(&lock);
	if (++started == many)
		pthread_cond_broadcast(&all_there);
	while (started < many)
		pthread_cond_wait(&all_there, &lock);
	pthread_mutex_unlock(&lock);
	work("thread", (long)arg);
	return NULL;
}

static void threads(void)
{
	pthread_t *all = calloc((size_t)many, sizeof(*all));
	for (long i = 0; i < many; i++)
		if (pthread_create(&all[i], NULL, thread, (void *)i)) {
			perror("pthread_create");
			_exit(4);
		}
	for (int i = 0; i < many; i++)
		pthread_join(all[i], NULL);
}

static void forks(void)
{
	int running = 0, status;
	for (long i = 0; i < many; i++) {
		if (running == 50) {
			wait(&status);
			running--;
		}
		pid_t pid = fork();
		if (pid < 0)
			_exit(5);
		if (pid == 0) {
			work("child", i);
			_exit(0);
		}
		running++;
	}
	while (wait(&status) > 0)
		if (status)
			_exit(6);
}

/* Children that share this memory: none of what they do to their descriptors is done to ours. */
static void *vforker(void *arg)
{
	int status;
	for (int i = 0; i < many / 4; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			write(2, "child of vfork\n", 15);
			close(2);
			dup2(1, 2);
			closefrom(3);
			execl("/bin/true", "true", (char *)NULL);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			_exit(7);
	}
	work("parent", (long)arg);
	return NULL;
}

static void vforks(void)
{
	pthread_t all[4];
	for (long i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, vforker, (void *)i);
	work("main", 0);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	many = atoi(argv[2]);
	lines = atoi(argv[3]);
	if (strcmp(argv[1], "threads") == 0)
		threads();
	else if (strcmp(argv[1], "forks") == 0)
		forks();
	else
		vforks();
	if (argc > 4) {
		printf("done\n");
		fflush(stdout);
		read(0, &many, 1);
	}
	return 0;
}
