/* Threads with the smallest stack there is, and a handler on a small alternate stack.
 * SORT */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void *by_write(void *arg)
{
	(void)arg;
	write(2, "small stack, write\n", 19);
	return NULL;
}

static void *by_stdio(void *arg)
{
	(void)arg;
	fprintf(stderr, "64 kB of stack, stdio\n");
	return NULL;
}

static void on_signal(int signal)
{
	(void)signal;
	write(2, "handler on 8 kB\n", 16);
}

int main(void)
{
	static char stack[8192];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };
	sigaltstack(&alternate, NULL);
	sigaction(SIGUSR1, &action, NULL);
	for (int i = 0; i < 20; i++) {
		pthread_t one, two;
		pthread_attr_t attributes;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
		pthread_create(&one, &attributes, by_write, NULL);
		pthread_attr_setstacksize(&attributes, 65536);
		pthread_create(&two, &attributes, by_stdio, NULL);
		pthread_join(one, NULL);
		pthread_join(two, NULL);
		raise(SIGUSR1);
	}
	return 0;
}
