#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int redis_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int send_command(int fd, const char *const *words, int n)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	if (!out)
		return -1;
	fprintf(out, "*%d\r\n", n);
	for (int i = 0; i < n; i++)
		fprintf(out, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
	fclose(out);
	size_t sent = 0;
	while (sent < length) {
		ssize_t done = send(fd, text + sent, length - sent, MSG_NOSIGNAL);
		if (done <= 0)
			break;
		sent += (size_t)done;
	}
	free(text);
	return sent == length ? 0 : -1;
}

/* Reads one line of a reply without its end. */
static int read_line(int fd, char *line, size_t size)
{
	size_t n = 0;
	while (n + 1 < size && read(fd, line + n, 1) == 1) {
		if (line[n] == '\n') {
			line[n > 0 ? n - 1 : 0] = '\0';
			return 0;
		}
		n++;
	}
	return -1;
}

int redis_push(int fd, const char *list, const char *value)
{
	const char *words[] = { "RPUSH", list, value };
	char line[128];
	if (send_command(fd, words, 3) || read_line(fd, line, sizeof(line)))
		return -1;
	return line[0] == ':' ? 0 : -1;
}

int redis_take(int fd, const char *list, int seconds, char *value, size_t size)
{
	char wait[16], line[1024];
	snprintf(wait, sizeof(wait), "%d", seconds);
	const char *words[] = { "BLPOP", list, wait };
	/* The reply: *2, $n, the list's name, $n, the value. */
	if (send_command(fd, words, 3) || read_line(fd, line, sizeof(line)))
		return -1;
	if (strcmp(line, "*2") != 0)
		return -1;
	for (int i = 0; i < 4; i++)
		if (read_line(fd, line, sizeof(line)))
			return -1;
	snprintf(value, size, "%s", line);
	return 0;
}
