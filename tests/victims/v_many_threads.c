/* Eight threads log at once in every way; no line is torn.
 * SORT
 * FILES: app.log:all */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *file;
static int fd;

static void *work(void *arg)
{
	char line[600];
	memset(line, 'a' + (int)(long)arg, sizeof(line));
	for (int i = 0; i < 500; i++) {
		int length = 100 + i % 400;
		int n = snprintf(line, 40, "thread %ld line %d ", (long)arg, i);
		line[n] = 'x';
		line[length - 1] = '\n';
		write(2, line, length);
		write(fd, line, length);
		line[length - 1] = 'x';
		fprintf(stderr, "%.*s by stdio\n", length, line);
		fprintf(file, "%.*s by stdio\n", length, line);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[8];
	file = fopen("app.log", "a");
	fd = open("app.log", O_WRONLY | O_APPEND);
	setvbuf(file, NULL, _IOLBF, 0);
	for (long i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, work, (void *)i);
	for (long i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	return fclose(file);
}
