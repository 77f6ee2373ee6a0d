/* A server with a thread a connection: /slow never answers, /die ends the process by a bad pointer.
 * It writes its port to standard output. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *arg)
{
	char head[4096] = "";
	int fd = (int)(long)arg;
	ssize_t n = read(fd, head, sizeof(head) - 1);
	fprintf(stderr, "asked\n");
	if (n > 0 && strstr(head, "GET /die"))
		*(volatile char *)16 = 1;
	pause();
	return NULL;
}

int main(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&at, sizeof(at));
	listen(listener, 8);
	getsockname(listener, (struct sockaddr *)&at, &len);
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	for (;;) {
		pthread_t thread;
		long fd = accept(listener, NULL, NULL);
		pthread_create(&thread, NULL, serve, (void *)fd);
		pthread_detach(thread);
	}
}
