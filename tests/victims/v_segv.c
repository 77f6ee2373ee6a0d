/* Ends by a bad pointer, in a thread. */
#include <pthread.h>
#include <stdio.h>

static void *work(void *arg)
{
	fprintf(stderr, "thread: about to crash\n");
	*(volatile int *)arg = 1;
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, (void *)16);
	pthread_join(thread, NULL);
	return 0;
}
