/* Threads that end in each way leave no mapping behind. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define THREADS 300
#define SLACK   60 /* mappings; a leak is one or two a thread */

static void *work(void *how)
{
	if (how == (void *)1)
		pthread_exit(NULL);
	while (how == (void *)2)
		pause();
	return NULL;
}

static int mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int n = 0;
	for (int c; (c = getc(maps)) != EOF;)
		n += c == '\n';
	fclose(maps);
	return n;
}

static void run(long how)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, (void *)how);
	if (how == 2)
		pthread_cancel(thread);
	pthread_join(thread, NULL);
}

int main(void)
{
	run(0); /* what the first thread maps for good */
	int before = mappings();
	for (long i = 0; i < THREADS; i++)
		run(i % 3);
	fprintf(stderr, "mappings grew: %d\n", mappings() > before + SLACK);
	return 0;
}
