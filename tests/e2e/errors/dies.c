/* Ends in the way that its argument names. Built with debug information. */
#include <assert.h>
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int zero;

static __attribute__((noinline)) int poke(volatile char *at)
{
	*at = 1;
	return 1;
}

static __attribute__((noinline)) int handle_order(void *at)
{
	int r = poke(at);
	return r + zero;
}

static __attribute__((noinline)) int deeper(int n)
{
	volatile char room[1000];
	room[0] = (char)n;
	return deeper(n + 1) + room[0];
}

static void *overflow(void *unused)
{
	(void)unused;
	return (void *)(long)deeper(0);
}

static void *segfault(void *at)
{
	handle_order(at);
	return NULL;
}

static void in_thread(void *(*start)(void *), void *arg)
{
	pthread_t thread;
	pthread_create(&thread, NULL, start, arg);
	pthread_join(thread, NULL);
}

static void handler(int signal)
{
	_exit(signal == SIGSEGV ? 42 : 43);
}

static void die(const char *how)
{
	void *volatile block;
	if (strcmp(how, "segv") == 0)
		handle_order((void *)16);
	else if (strcmp(how, "thread") == 0)
		in_thread(segfault, (void *)32);
	else if (strcmp(how, "null-call") == 0)
		((void (*volatile)(void))0)();
	else if (strcmp(how, "overflow") == 0)
		deeper(0);
	else if (strcmp(how, "thread-overflow") == 0)
		in_thread(overflow, NULL);
	else if (strcmp(how, "fpe") == 0)
		printf("%d\n", 7 / zero);
	else if (strcmp(how, "ill") == 0)
		__builtin_trap();
	else if (strcmp(how, "trap") == 0)
		raise(SIGTRAP);
	else if (strcmp(how, "bus") == 0)
		raise(SIGBUS);
	else if (strcmp(how, "double-free") == 0) {
		block = malloc(30);
		free(block);
		free(block);
	} else if (strcmp(how, "abort") == 0)
		abort();
	else if (strcmp(how, "assert") == 0)
		assert(zero == 1);
	else if (strcmp(how, "raise-abrt") == 0)
		raise(SIGABRT);
	else if (strcmp(how, "own-handler") == 0) {
		signal(SIGSEGV, handler);
		handle_order((void *)16);
	} else if (strcmp(how, "reset") == 0) {
		signal(SIGSEGV, SIG_IGN);
		signal(SIGSEGV, SIG_DFL);
		handle_order((void *)16);
	} else if (strcmp(how, "err") == 0) {
		errno = ENOENT;
		err(3, "cannot open %s", "order");
	} else if (strcmp(how, "exit") == 0)
		exit(7);
	else if (strcmp(how, "_exit") == 0)
		_exit(8);
}

int main(int argc, char **argv)
{
	struct sigaction now;
	stack_t stack;
	sigaction(SIGSEGV, NULL, &now);
	sigaltstack(NULL, &stack);
	printf("%d %d %d\n", now.sa_handler == SIG_DFL, now.sa_flags, stack.ss_flags);
	fflush(stdout);
	fprintf(stderr, "about to end\n");
	if (argc > 1)
		die(argv[1]);
	return 0;
}
