/* syslog(3), with a copy on standard error. */
#include <stdio.h>
#include <syslog.h>

int main(void)
{
	openlog("victim", LOG_PERROR | LOG_NDELAY, LOG_USER);
	for (int i = 0; i < 20; i++)
		syslog(i % 8, "message %d of %s", i, "syslog");
	setlogmask(LOG_UPTO(LOG_ERR));
	syslog(LOG_DEBUG, "not this one");
	closelog();
	syslog(LOG_ERR, "after closelog");
	return 0;
}
