/* The debug file. Raw system calls only: a hook must not enter a hook. */
#include "debug.h"
#include "shim.h"
#include "../lib/core/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct line {
	char text[512];
	size_t len;
};

static void add(struct line *l, const char *text)
{
	size_t n = strlen(text), room = sizeof(l->text) - 1 - l->len;

	if (n > room)
		n = room;
	memcpy(l->text + l->len, text, n);
	l->len += n;
}

static void add_number(struct line *l, uint64_t value)
{
	char digits[21];

	digits[lsp_decimal_encode(digits, value)] = 0;
	add(l, digits);
}

static void begin(struct line *l)
{
	l->len = 0;
	add(l, lsp_shim.program);
	add(l, "[");
	add_number(l, lsp_shim.pid);
	add(l, "] ");
}

static void put(struct line *l)
{
	int saved = errno;
	long fd = syscall(SYS_openat, AT_FDCWD, lsp_shim.settings.debug,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	l->text[l->len++] = '\n';
	if (fd >= 0) {
		(void)!syscall(SYS_write, fd, l->text, l->len);
		(void)!syscall(SYS_close, fd);
	}
	errno = saved;
}

void lsp_debug_fact(const char *what, const char *text)
{
	struct line l;

	if (!lsp_shim.settings.debug[0])
		return;
	begin(&l);
	add(&l, what);
	add(&l, ": ");
	add(&l, text);
	put(&l);
}

void lsp_debug_rule(int fd, struct lsp_rule rule)
{
	static const char *const verdicts[] = { "unknown", "pass", "mirror", "stamp" };
	struct line l;

	if (!lsp_shim.settings.debug[0])
		return;
	begin(&l);
	add(&l, "fd ");
	add_number(&l, (uint64_t)fd);
	add(&l, ": ");
	add(&l, verdicts[rule.verdict & 3]);
	add(&l, " (");
	add(&l, lsp_reason_rule(rule.reason));
	add(&l, ": ");
	add(&l, lsp_reason_text(rule.reason));
	add(&l, ")");
	put(&l);
}
