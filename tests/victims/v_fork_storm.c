/* Forks while other threads log; the children log and end, nothing hangs.
 * SORT
 * IGNORE: noise */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int done;

static void *noise(void *arg)
{
	while (!done)
		fprintf(stderr, "noise of thread %ld\n", (long)arg);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (long i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, noise, (void *)i);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			write(2, "child by write\n", 15);
			fprintf(stderr, "child %d by stdio\n", i);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	done = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fprintf(stderr, "parent: all children ended\n");
	return 0;
}
