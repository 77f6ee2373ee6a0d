/* Starts programs in all the ways. Their output is data of this program.
 * STAMPED: some */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(void)
{
	char line[200];
	int status;
	fprintf(stderr, "parent: begins\n");
	FILE *pipe = popen("echo popen to standard error >&2; echo from popen; exit 4", "r");
	while (fgets(line, sizeof(line), pipe))
		fprintf(stderr, "parent: read %s", line);
	fprintf(stderr, "parent: pclose %d\n", WEXITSTATUS(pclose(pipe)));
	fprintf(stderr, "parent: system %d\n", WEXITSTATUS(system("echo system >&2; exit 5")));
	char *arguments[] = { "sh", "-c", "echo spawned | tr a-z A-Z >&2; exit 6", NULL };
	pid_t pid;
	int spawned = posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ);
	waitpid(pid, &status, 0); /* its line comes first, always */
	fprintf(stderr, "parent: posix_spawn %d\n", spawned);
	fprintf(stderr, "parent: spawned one ended with %d\n", WEXITSTATUS(status));
	pid = fork();
	if (pid == 0)
		execlp("awk", "awk", "BEGIN { print 6 * 7 }", (char *)NULL);
	waitpid(pid, &status, 0);
	fprintf(stderr, "parent: ends\n");
	execl("/bin/sh", "sh", "-c", "echo the last program; exit 0", (char *)NULL);
	return 9;
}
