/* Lines of a parent and of its forked children, one after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	fprintf(stderr, "parent: before fork\n");
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			fprintf(stderr, "child %d: works\n", i);
			printf("child %d: data\n", i);
			exit(i);
		}
		int status;
		waitpid(pid, &status, 0);
		fprintf(stderr, "parent: child %d ended with %d\n", i, WEXITSTATUS(status));
	}
	return 0;
}
