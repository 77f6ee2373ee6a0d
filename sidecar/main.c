#include "commands.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
#define X(function, name, help) { name, help, function },
	LSP_COMMAND_TABLE(X)
#undef X
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int print_help(FILE *out)
{
	fprintf(out,
		"usage: linespan COMMAND [ARG…]\n\n"
		"Every log line knows its span: stamps the log lines of programs that already run "
		"with\n"
		"their trace and span ids, and joins logs and spans for look-up.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fprintf(out, "\n`linespan help COMMAND` tells more of one. `linespan --version` prints the "
		     "version.\n");
	return LSP_EXIT_FOUND;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[N_COMMANDS + 1];
	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i].name;
	names[N_COMMANDS] = "help";
	const char *near = lsp_nearest(name, names, N_COMMANDS + 1);
	if (near)
		fprintf(stderr, "linespan: %s: unknown command; did you mean %s?\n", name, near);
	else
		fprintf(stderr, "linespan: %s: unknown command; see linespan --help\n", name);
	return LSP_EXIT_ERROR;
}

static int help_of(int argc, char **argv)
{
	if (argc < 2)
		return print_help(stdout);
	const struct command *c = find_command(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	char option[] = "--help";
	char *args[] = { argv[1], option, NULL };
	return c->run(2, args);
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		(void)print_help(stderr);
		return LSP_EXIT_ERROR;
	}
	const char *name = argv[1];
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return print_help(stdout);
	if (strcmp(name, "--version") == 0) {
		printf("linespan %s\n", LINESPAN_VERSION_TEXT);
		return LSP_EXIT_FOUND;
	}
	if (strcmp(name, "help") == 0)
		return help_of(argc - 1, argv + 1);
	const struct command *c = find_command(name);
	return c ? c->run(argc - 1, argv + 1) : unknown_command(name);
}

int main(int argc, char **argv)
{
	int status = dispatch(argc, argv);
	/* An answer that did not arrive (disk full) is no answer. */
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "linespan: standard output: %s\n", strerror(errno));
		return LSP_EXIT_ERROR;
	}
	return status;
}
