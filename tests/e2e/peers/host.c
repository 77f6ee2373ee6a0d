/* Threads that allocate and log, and a list of what the process has open. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void *work(void *arg)
{
	for (int i = 0; i < 200; i++) {
		char *line = malloc(100 + (size_t)i);
		int n = snprintf(line, 100, "thread %d line %d\n", (int)(long)arg, i);
		if (i % 2)
			fputs(line, stderr);
		else if (write(2, line, (size_t)n) != n)
			_exit(9);
		free(line);
	}
	return NULL;
}

static void list(const char *who)
{
	int fds[64], n = 0;
	DIR *d = opendir("/proc/self/fd");
	for (struct dirent *e; d && n < 64 && (e = readdir(d));)
		if (e->d_name[0] != '.')
			fds[n++] = atoi(e->d_name);
	closedir(d);
	qsort(fds, (size_t)n, sizeof(fds[0]), by_number);
	printf("%s has open:", who);
	for (int i = 0; i < n; i++)
		printf(" %d", fds[i]);
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pthread_t threads[4];
	if (argc > 1) {
		list(argv[1]);
		return 0;
	}
	int log = open("app.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
	printf("the log is %d\n", log);
	for (long i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	if (write(log, "to the log\n", 11) != 11)
		return 8;
	list("the parent");
	if (fork() == 0)
		execl("/proc/self/exe", argv[0], "its child", NULL);
	wait(NULL);
	return 3;
}
