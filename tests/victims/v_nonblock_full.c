/* Logs into a pipe that does not block and is drained a little whenever it is full.
 * FILES: drained.out:some */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int ends[2];
static FILE *drained;

static void drain(int bytes)
{
	char piece[4096];
	int n;
	while (bytes > 0 && (n = read(ends[0], piece, bytes < 4096 ? bytes : 4096)) > 0) {
		fwrite(piece, 1, n, drained);
		bytes -= n;
	}
}

int main(void)
{
	static char line[3000];
	drained = fopen("drained.out", "w");
	pipe(ends);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	dup2(ends[1], 2);
	unsigned random = 1;
	for (int i = 0; i < 4000; i++) {
		random = random * 1103515245 + 12345;
		int length = 20 + (random >> 16) % (i % 10 ? 200 : 2900);
		memset(line, 'a' + i % 26, length);
		line[snprintf(line, 20, "line %d", i)] = ' ';
		line[length - 1] = '\n';
		for (int done = 0; done < length;) {
			int n = write(2, line + done, length - done);
			if (n >= 0)
				done += n;
			else if (errno == EAGAIN)
				drain(1 + random % 5000);
			else
				return 9;
		}
	}
	drain(1 << 30);
	return fclose(drained);
}
