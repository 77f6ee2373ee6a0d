#include "notify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void lsp_notify(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path ? strlen(path) : 0;
	if (n < 2 || n >= sizeof(to.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(to.sun_path, path, n);
	if (*path == '@')
		to.sun_path[0] = 0; /* an abstract name */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static bool is_for_another(const char *pid)
{
	return pid && *pid && strtol(pid, NULL, 10) != (long)getpid();
}

uint64_t lsp_notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	char *end;
	if (!usec || is_for_another(getenv("WATCHDOG_PID")))
		return 0;
	unsigned long long us = strtoull(usec, &end, 10);
	return *usec >= '0' && *usec <= '9' && *end == 0 ? us / 1000 : 0;
}
