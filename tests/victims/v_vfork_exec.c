/* A vfork child turns descriptors around before its exec; the parent's own are untouched.
 * FILES: data.out:none */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	fprintf(stderr, "parent: before vfork\n");
	for (int i = 0; i < 5; i++) {
		int data = open("data.out", O_WRONLY | O_CREAT | O_APPEND, 0600);
		pid_t pid = vfork();
		if (pid == 0) {
			dup2(data, 2);
			close(data);
			execl("/bin/sh", "sh", "-c", "echo child's data >&2", (char *)NULL);
			_exit(127);
		}
		int status;
		waitpid(pid, &status, 0);
		close(data);
		fprintf(stderr, "parent: child ended with %d\n", WEXITSTATUS(status));
	}
	return 0;
}
