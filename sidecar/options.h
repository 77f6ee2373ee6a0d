/* Command line options, described by tables: `--name value`, `--name=value`, `-x`, `-x value`,
 * `--` ends them. One table drives the parser and the --help text, so the two cannot differ.
 *
 *	struct lsp_options o;
 *	lsp_options_init(&o, &spec, argc, argv);
 *	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
 *		switch (opt) {
 *		case OPT_LIMIT: … o.value …; break;
 *		default: return lsp_options_exit(opt); // help was printed, or a usage error
 *		}
 *	}
 *	… o.operands, o.n_operands … */
#ifndef LSP_SIDECAR_OPTIONS_H
#define LSP_SIDECAR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lsp_option {
	const char *name; /* "--limit" */
	char letter; /* 'n' for -n, or 0 */
	const char *value; /* what --help calls its value ("N", "auto|on|off"); NULL: a flag */
	const char *help; /* NULL: taken, but not listed */
};

struct lsp_options_spec {
	const char *command; /* "linespan run" */
	const char *operands; /* "[--] COMMAND [ARG…]" */
	const char *summary; /* a sentence or two */
	const struct lsp_option *table;
	size_t n;
	bool stop_at_operand; /* options end at the first operand, which belongs to somebody else */
	const char *more; /* text below the options, or NULL */
};

/* What lsp_options_next() answers beside an index into the table. */
enum { LSP_OPTIONS_END = -1, LSP_OPTIONS_HELP = -2, LSP_OPTIONS_BAD = -3 };

struct lsp_options {
	const struct lsp_options_spec *spec;
	char **argv;
	int argc, at;
	const char *cluster; /* the rest of "-cH" */
	bool ended; /* "--" was seen */
	const char *value; /* of the option just returned; NULL for flags */
	char **operands; /* complete at LSP_OPTIONS_END; points into argv, which is permuted */
	int n_operands;
};

void lsp_options_init(
	struct lsp_options *o, const struct lsp_options_spec *spec, int argc, char **argv);

/* The next option, as its place in the table. --help prints the help text to standard output and
 * answers HELP; what is not understood prints one line to standard error and answers BAD. */
int lsp_options_next(struct lsp_options *o);

/* The exit status for an answer of HELP or BAD. */
int lsp_options_exit(int answer);

/* Prints "COMMAND: " and the message as one line on standard error; returns the usage status. */
int lsp_options_fail(const struct lsp_options_spec *spec, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void lsp_options_help(const struct lsp_options_spec *spec, FILE *to);

/* The candidate that looks most like word (at most two letters off, or begun by it); NULL when none
 * does. names is an array of n strings. */
const char *lsp_nearest(const char *word, const char *const *names, size_t n);

#endif
