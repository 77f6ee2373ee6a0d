/* A handler that logs while the program logs.
 * IGNORE: ^tick */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static void on_alarm(int signal)
{
	(void)signal;
	write(2, "tick\n", 5);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct itimerval timer = { { 0, 300 }, { 0, 300 } };
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < 20000; i++)
		fprintf(stderr, "line %d of the program\n", i);
	return 0;
}
