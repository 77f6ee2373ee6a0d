/* System calls whose memory is not there say EFAULT, and nobody dies of it.
 * FILES: app.log:all */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

#define SHOW(call)                                                                                 \
	do {                                                                                       \
		errno = 77;                                                                        \
		long result = (long)(call);                                                        \
		int number = errno;                                                                \
		printf("%s = %ld, errno %d\n", #call, result, number);                             \
	} while (0)

/* A page, and behind it one that nobody may read. */
static char *page;

static void out_to(int fd)
{
	char *bad = page + PAGE, *edge = bad - 8;
	struct iovec good_iov = { "line\n", 5 }, bad_iov[2] = { { "good ", 5 }, { bad, 5 } };
	struct msghdr bad_msg = { .msg_iov = (struct iovec *)bad, .msg_iovlen = 1 };
	struct msghdr bad_part = { .msg_iov = bad_iov, .msg_iovlen = 2 };

	SHOW(write(fd, bad, 5));
	SHOW(write(fd, (void *)16, 5));
	SHOW(write(fd, (void *)-1, 5));
	SHOW(write(fd, bad, PAGE * 100));
	SHOW(writev(fd, (struct iovec *)bad, 1));
	SHOW(writev(fd, (struct iovec *)edge, 1));
	SHOW(writev(fd, &bad_iov[1], 1));
	SHOW(writev(fd, &good_iov, 1));
	SHOW(send(fd, bad, 5, MSG_NOSIGNAL));
	SHOW(sendto(fd, bad, 5, MSG_NOSIGNAL, NULL, 0));
	SHOW(sendto(fd, "<14>x\n", 6, MSG_NOSIGNAL, (struct sockaddr *)bad,
		sizeof(struct sockaddr_un)));
	SHOW(sendmsg(fd, (struct msghdr *)bad, MSG_NOSIGNAL));
	SHOW(sendmsg(fd, &bad_msg, MSG_NOSIGNAL));
	SHOW(sendmsg(fd, &bad_part, MSG_NOSIGNAL));
}

static void waits(void)
{
	struct timespec now = { 0, 0 };
	struct timeval soon = { 0, 0 };
	void *bad = page + PAGE;

	SHOW(poll(bad, 1, 0));
	SHOW(ppoll(bad, 1, &now, NULL));
	SHOW(select(5, bad, NULL, NULL, &soon));
	SHOW(select(5, NULL, NULL, bad, &soon));
	SHOW(pselect(5, NULL, bad, NULL, &now, NULL));
	SHOW(sigaltstack(bad, NULL));
}

static int connected(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&at, len) || listen(listener, 1) ||
		getsockname(listener, (struct sockaddr *)&at, &len) ||
		connect(fd, (struct sockaddr *)&at, len))
		printf("no connection\n");
	return fd;
}

int main(void)
{
	char *const args[] = { "true", NULL };
	int log = open("app.log", O_WRONLY | O_CREAT | O_APPEND, 0600);

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mprotect(page + PAGE, PAGE, PROT_NONE))
		return 1;
	memset(page, 0x41, PAGE);
	out_to(log);
	out_to(2);
	out_to(connected());
	waits();
	SHOW(execve("/bin/true", args, (char *const *)(page + PAGE)));
	char *const envp[] = { "A=B", page + PAGE, NULL };
	SHOW(execve("/bin/true", args, envp));
	SHOW(write(log, "the end\n", 8));
	SHOW(write(2, "the end\n", 8));
	return 0;
}
