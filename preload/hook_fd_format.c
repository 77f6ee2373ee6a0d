/* Family fd_format: dprintf. */
#include "real.h"

#include "conn.h"
#include "format.h"
#include "out_fd.h"
#include "shim.h"

/* Returns true when the text was put out here; *ret is then the host's return value. */
static bool put(int fd, int flag, const char *format, va_list args, int *ret)
{
	struct lsp_call call = { .fd = fd, .printed = true };
	struct lsp_context c;
	struct lsp_rule rule;

	if ((lsp_shim.tracking && lsp_conn_is(fd)) || !lsp_current(&c) ||
		!lsp_fd_get(fd, lsp_now_ns(), &rule))
		return false;
	LSP_FORMAT(text, n, flag, format, args)
	if (n <= 0)
		return false;
	/* dprintf() writes until all is out, or fails. */
	for (int done = 0; done < n;) {
		ssize_t taken = lsp_out_fd(&call, &c, text + done, (size_t)(n - done));

		if (taken <= 0) {
			*ret = -1;
			return true;
		}
		done += (int)taken;
	}
	*ret = n;
	return true;
}

int vdprintf(int fd, const char *format, va_list args)
{
	int n;

	return put(fd, 0, format, args, &n) ? n : REAL(vdprintf)(fd, format, args);
}

int __vdprintf_chk(int fd, int flag, const char *format, va_list args)
{
	int n;

	return put(fd, flag, format, args, &n) ? n : REAL(__vdprintf_chk)(fd, flag, format, args);
}

int dprintf(int fd, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vdprintf(fd, format, args);
	va_end(args);
	return n;
}

int __dprintf_chk(int fd, int flag, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = __vdprintf_chk(fd, flag, format, args);
	va_end(args);
	return n;
}
