/* Jumps out of calls and out of a signal handler in the middle of logging. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigjmp_buf back;

static void on_signal(int signal)
{
	(void)signal;
	write(2, "handler: jumps\n", 15);
	siglongjmp(back, 1);
}

static void deep(int n)
{
	fprintf(stderr, "depth %d\n", n);
	if (n == 3)
		siglongjmp(back, 2);
	deep(n + 1);
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	for (int i = 0; i < 3; i++) {
		if (sigsetjmp(back, 1) == 0)
			deep(0);
		fprintf(stderr, "back from the depth\n");
		if (sigsetjmp(back, 1) == 0)
			raise(SIGUSR1);
		fprintf(stderr, "back from the handler\n");
	}
	return 0;
}
