/* The rarer calls that write a whole message to standard error.
 * STAMPED: all */
#include <locale.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>

static void tell(int number, int code, const char *what)
{
	siginfo_t info;
	memset(&info, 0, sizeof(info));
	info.si_signo = number;
	info.si_code = code;
	info.si_pid = 4711;
	info.si_uid = 33;
	info.si_status = 9;
	psiginfo(&info, what);
}

int main(void)
{
	static char much[700];
	setlocale(LC_ALL, "");
	psignal(SIGTERM, "psignal");
	/* Every signal, with every code that has a meaning and some that have none. */
	for (int number = -1; number < 67; number++)
		for (int code = -62; code < 12; code++)
			tell(number, code, "psiginfo");
	tell(SIGSEGV, SI_KERNEL, NULL);
	tell(SIGCHLD, 0x80, "");
	memset(much, 'm', 400);
	tell(SIGBUS, BUS_ADRERR, much);
	h_errno = HOST_NOT_FOUND;
	herror("herror");
	return 0;
}
