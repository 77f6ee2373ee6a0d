/* Handles its crash itself: the handler runs, its exit code is the program's. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void on_crash(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	static const char text[] = "handler: saw the crash\n";
	write(2, text, sizeof(text) - 1);
	write(1, info->si_addr == (void *)32 ? "right\n" : "wrong\n", 6);
	_exit(0);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_crash, .sa_flags = SA_SIGINFO }, old;
	sigaction(SIGSEGV, NULL, &old);
	printf("default before: %d\n", old.sa_handler == SIG_DFL);
	sigaction(SIGSEGV, &action, &old);
	printf("default before: %d\n", old.sa_handler == SIG_DFL);
	sigaction(SIGSEGV, NULL, &old);
	printf("ours now: %d\n", old.sa_sigaction == on_crash && old.sa_flags == SA_SIGINFO);
	printf("signal() before: %d\n", signal(SIGBUS, SIG_IGN) == SIG_DFL);
	printf("signal() before: %d\n", signal(SIGBUS, SIG_DFL) == SIG_IGN);
	fflush(stdout);
	*(volatile int *)32 = 1;
	return 9;
}
