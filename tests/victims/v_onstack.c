/* Handlers that ask for an alternate stack, in a program that has none: they run on the thread's
 * own stack, where a garbage collector expects them. */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define NEAR_BYTES (1 << 20)

static _Thread_local uintptr_t stack;

static void on_signal(int signal)
{
	char here;
	uintptr_t at = (uintptr_t)&here;
	uintptr_t away = at < stack ? stack - at : at - stack;
	(void)signal;
	fprintf(stderr, "on the thread's own stack: %d\n", away < NEAR_BYTES);
}

static void *work(void *unused)
{
	char here;
	stack = (uintptr_t)&here;
	raise(SIGUSR1);
	return unused;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	pthread_t thread;
	sigaction(SIGUSR1, &action, NULL);
	work(NULL);
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	return 0;
}
