/* Threads are cancelled while they log; those that stay can log on.
 * IGNORE: worker */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *work(void *arg)
{
	for (;;) {
		fprintf(stderr, "worker %ld by stdio\n", (long)arg);
		write(2, "worker by write\n", 16);
	}
}

int main(void)
{
	for (long i = 0; i < 60; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, (void *)i);
		usleep(500);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		fprintf(stderr, "main: %ld is gone\n", i);
	}
	return 0;
}
