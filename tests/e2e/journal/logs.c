/* Logs to the journal by each of libsystemd's ways. Knows nothing of us. With an argument it loads
 * the library itself, for itself alone. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>

typedef int print_fn(int priority, const char *format, ...);
typedef int printv_fn(int priority, const char *format, va_list args);
typedef int send_fn(const char *format, ...);
typedef int sendv_fn(const struct iovec *iov, int n);
typedef int perror_fn(const char *message);
typedef int print_at_fn(int priority, const char *file, const char *line, const char *function,
	const char *format, ...);

static void *library;
static void *get(const char *name)
{
	return dlsym(library, name);
}

static void log_va(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	((printv_fn *)get("sd_journal_printv"))(LOG_INFO, format, args);
	va_end(args);
}

int main(int argc, char **argv)
{
	(void)argv;
	library = argc > 1 ? dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL) : RTLD_DEFAULT;
	if (argc > 1 && !library)
		return 1;
	((print_fn *)get("sd_journal_print"))(LOG_ERR, "by print %d", 1);
	log_va("by printv %d", 2);
	((send_fn *)get("sd_journal_send"))(
		"MESSAGE=by send %d", 3, "ORDER=%d", 7, "PRIORITY=4", NULL);
	errno = ENOENT;
	((perror_fn *)get("sd_journal_perror"))("by perror");
	((print_at_fn *)get("sd_journal_print_with_location"))(
		LOG_INFO, "CODE_FILE=a.c", "CODE_LINE=5", "main", "by location %d", 4);
	struct iovec own[] = { { "MESSAGE=has ids", 15 }, { "TRACE_ID=abc", 12 } };
	((sendv_fn *)get("sd_journal_sendv"))(own, 2);
	((print_fn *)get("sd_journal_print"))(LOG_INFO, "named trace_id=0af7651916cd43dd");
	struct iovec binary[] = { { "MESSAGE=two\nlines", 17 }, { "BLOB=\0\1\2", 8 } };
	((sendv_fn *)get("sd_journal_sendv"))(binary, 2);
	int bad = ((sendv_fn *)get("sd_journal_sendv"))(own, 0);
	struct iovec wrong = { "no field", 8 };
	int worse = ((sendv_fn *)get("sd_journal_sendv"))(&wrong, 1);
	printf("%d %d %d\n", bad, worse, errno);
	return 0;
}
