/* Lines in vectors, and positioned writes, which are never logs.
 * FILES: positioned.log:none */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PART(text)                                                                                 \
	{                                                                                          \
		(char *)(text), sizeof(text) - 1                                                   \
	}

int main(void)
{
	struct iovec line[] = { PART("a line "), PART("in "), PART(""), PART("parts\n") };
	struct iovec lines[] = { PART("two "), PART("lines\nin "), PART("parts\n") };
	int fd = open("positioned.log", O_RDWR | O_CREAT, 0600);
	for (int i = 0; i < 10; i++) {
		printf("%zd\n", writev(2, line, 4));
		printf("%zd\n", writev(2, lines, 3));
		printf("%zd\n", pwrite(fd, "record\n", 7, i * 100));
		printf("%zd\n", pwritev(fd, line, 4, i * 100 + 50));
	}
	printf("%zd\n", writev(2, line, 0));
	printf("%zd\n", writev(2, line, -1));
	printf("%zd\n", writev(99, line, 4));
	return 0;
}
