/* Data and logs take turns on the same descriptor number.
 * FILES: app.log:all data.bin:none */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int log = open("app.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	int data = open("data.bin", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int saved = dup(2);
	for (int i = 0; i < 10; i++) {
		write(2, "to standard error\n", 18);
		dup2(log, 2);
		write(2, "to the log\n", 11);
		dup2(data, log);
		write(log, "data behind the log's number\n", 29);
		dup3(2, log, O_CLOEXEC);
		write(log, "the log again\n", 14);
		dup2(saved, 2);
	}
	close(data);
	int next = open("data.bin", O_WRONLY | O_APPEND);
	write(next, "more data\n", 10);
	fprintf(stderr, "descriptors %d %d %d %d\n", log, data, saved, next);
	return 0;
}
