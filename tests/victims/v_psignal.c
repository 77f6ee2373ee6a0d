/* The rarer calls that write a whole message to standard error.
 * IGNORE: psiginfo
 * STAMPED: all */
#include <netdb.h>
#include <signal.h>

int main(void)
{
	psignal(SIGTERM, "psignal");
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER, .si_pid = 1, .si_uid = 0 };
	psiginfo(&info, "psiginfo");
	h_errno = HOST_NOT_FOUND;
	herror("herror");
	return 0;
}
