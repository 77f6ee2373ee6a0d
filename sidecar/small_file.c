#include "small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int lsp_small_file_read(struct lsp_buf *ret, const char *path)
{
	char bytes[4096];
	int rc = 0;
	lsp_buf_init(ret, LSP_SMALL_FILE_BYTES_MAX);
	/* A FIFO without a writer is not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	for (ssize_t n = 1; n && rc == 0;) {
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0)
			rc = errno == EINTR ? 0 : -errno;
		else
			rc = lsp_buf_add(ret, bytes, (size_t)n);
	}
	close(fd);
	if (rc)
		lsp_buf_release(ret);
	return rc;
}
