#include "term.h"

#include <errno.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pager; /* of this program's one standard output; 0: none */

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value && *value;
}

static size_t find_columns(bool tty)
{
	const char *said = getenv("COLUMNS");
	unsigned long columns = said ? strtoul(said, NULL, 10) : 0;
	struct winsize size;
	if (columns == 0 && tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	if (columns == 0)
		return LSP_TERM_PIPE_COLUMNS;
	return columns < LSP_TERM_COLUMNS_MIN   ? LSP_TERM_COLUMNS_MIN
	       : columns > LSP_TERM_COLUMNS_MAX ? LSP_TERM_COLUMNS_MAX
						: columns;
}

void lsp_term_init(struct lsp_term *t)
{
	setlocale(LC_CTYPE, "");
	const char *term = getenv("TERM");
	t->tty = isatty(STDOUT_FILENO);
	t->colour = t->tty && !is_set("NO_COLOR") && !(term && strcmp(term, "dumb") == 0);
	t->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	t->columns = find_columns(t->tty);
}

const char *lsp_term_style(const struct lsp_term *t, enum lsp_style style)
{
	static const char *const sequences[] = {
#define X(id, sgr) "\033[" sgr "m",
		LSP_STYLE_TABLE(X)
#undef X
	};
	return t->colour ? sequences[style] : "";
}

static bool in_path(const char *name)
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];
	while (folders && *folders) {
		size_t len = strcspn(folders, ":");
		snprintf(path, sizeof(path), "%.*s/%s", (int)len, folders, name);
		if (len && access(path, X_OK) == 0)
			return true;
		folders += len + (folders[len] == ':');
	}
	return false;
}

/* Whether the first word of a command is a program that is there. What a shell alone understands
 * may be. */
static bool may_run(const char *command)
{
	char name[PATH_MAX];
	size_t n = strcspn(command, " \t");
	if (n == 0 || n >= sizeof(name) || strcspn(command, "$`'\"\\(){}&;|<>~=") < n)
		return n > 0;
	snprintf(name, sizeof(name), "%.*s", (int)n, command);
	return strchr(name, '/') ? access(name, X_OK) == 0 : in_path(name);
}

/* NULL: none. One that is not installed must not swallow the answer. */
static const char *choose_pager(void)
{
	const char *said = getenv("LINESPAN_PAGER");
	if (!said)
		said = getenv("PAGER");
	if (said)
		return strcmp(said, "cat") != 0 && may_run(said) ? said : NULL;
	return in_path("less") ? "less -RFX" : NULL;
}

void lsp_term_page(const struct lsp_term *t)
{
	const char *command = t->tty && !pager ? choose_pager() : NULL;
	int ends[2];
	if (!command || pipe(ends))
		return;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	if (child > 0) {
		/* A reader who quits the pager has seen enough: that is no failure. */
		signal(SIGPIPE, SIG_IGN);
		dup2(ends[1], STDOUT_FILENO);
		pager = child;
	}
	close(ends[1]);
}

void lsp_term_finish(void)
{
	if (!pager)
		return;
	fflush(stdout);
	clearerr(stdout);
	/* The pager ends at the end of its input, so the pipe has to be closed and not only empty;
	 * standard error stands in, as nothing more will be written here. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
		;
	pager = 0;
}
