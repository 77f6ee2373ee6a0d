/* Threads that log and end: by return, by pthread_exit, and in a destructor of their storage. */
#include <pthread.h>
#include <stdio.h>

static pthread_key_t key;

static void at_end(void *value)
{
	fprintf(stderr, "thread %ld: its storage goes\n", (long)value);
}

static void *work(void *arg)
{
	pthread_setspecific(key, arg);
	fprintf(stderr, "thread %ld: works\n", (long)arg);
	if ((long)arg % 2)
		pthread_exit(NULL);
	return NULL;
}

int main(void)
{
	pthread_key_create(&key, at_end);
	for (long i = 1; i <= 50; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, work, (void *)i);
		pthread_join(thread, NULL);
	}
	fprintf(stderr, "main: leaves by pthread_exit\n");
	pthread_exit(NULL);
}
