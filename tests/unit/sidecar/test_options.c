#include "sidecar/options.h"
#include "sidecar/commands.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>

enum { COUNT, LIMIT, SINCE, HIDDEN, N };
static const struct lsp_option table[N] = {
	[COUNT] = { "--count", 'c', NULL, "only count" },
	[LIMIT] = { "--limit", 'n', "N", "this many" },
	[SINCE] = { "--since", 0, "TIME", "from then on" },
	[HIDDEN] = { "--hidden", 0, NULL, NULL },
};
static const struct lsp_options_spec spec = { "linespan test", "FILE…", "Tests.", table, N, false,
	"More of it.\n" };
static const struct lsp_options_spec stopping = { "linespan test", "COMMAND", "Tests.", table, N,
	true, NULL };

#define ARGS_MAX 12

/* Parses words separated by spaces; writes what came out as "limit=3 count | a b". */
static int parse(const struct lsp_options_spec *s, const char *line, char out[256])
{
	static char words[256];
	char *argv[ARGS_MAX] = { (char[]){ "test" } };
	int argc = 1, opt;
	strcpy(words, line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = strcmp(w, "''") == 0 ? w + 2 : w;
	struct lsp_options o;
	lsp_options_init(&o, s, argc, argv);
	out[0] = 0;
	while ((opt = lsp_options_next(&o)) >= 0) {
		strcat(out, table[opt].name + 2);
		if (o.value)
			strcat(strcat(out, "="), o.value);
		strcat(out, " ");
	}
	strcat(out, "|");
	for (int i = 0; i < o.n_operands; i++)
		strcat(strcat(out, " "), o.operands[i]);
	return opt;
}

Test(options, understands_the_usual_forms)
{
	static const struct {
		const char *line, *result;
	} cases[] = {
		{ "", "|" },
		{ "--limit 3", "limit=3 |" },
		{ "--limit=3", "limit=3 |" },
		{ "--limit=", "limit= |" },
		{ "--limit=a=b", "limit=a=b |" },
		{ "--limit --count", "limit=--count |" },
		{ "-n 3", "limit=3 |" },
		{ "-n3", "limit=3 |" },
		{ "-cn3", "count limit=3 |" },
		{ "-cc a", "count count | a" },
		{ "a --count b", "count | a b" },
		{ "a -- --count -n", "| a --count -n" },
		{ "-- -- a", "| -- a" },
		{ "- a", "| - a" },
		{ "--hidden", "hidden |" },
		{ "--since 15m --since 2h", "since=15m since=2h |" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[256];
		cr_expect_eq(
			parse(&spec, cases[i].line, out), LSP_OPTIONS_END, "%s", cases[i].line);
		cr_expect_str_eq(out, cases[i].result, "%s: %s", cases[i].line, out);
	}
}

Test(options, leave_what_follows_the_first_operand_alone_when_asked)
{
	char out[256];
	cr_expect_eq(parse(&stopping, "-c a --count -- -n", out), LSP_OPTIONS_END);
	cr_expect_str_eq(out, "count | a --count -- -n");
	cr_expect_eq(parse(&stopping, "-- -c --count", out), LSP_OPTIONS_END);
	cr_expect_str_eq(out, "| -c --count");
}

Test(options, refuse_what_they_do_not_know, .init = cr_redirect_stderr)
{
	static const char *const lines[] = { "--nope", "--", "--limit", "-n", "--count=3", "-x",
		"-cx", "--limits 3", "--=", "--lim 3" };
	char out[256];
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int want = strcmp(lines[i], "--") == 0 ? LSP_OPTIONS_END : LSP_OPTIONS_BAD;
		cr_expect_eq(parse(&spec, lines[i], out), want, "%s", lines[i]);
	}
	cr_expect_eq(lsp_options_exit(LSP_OPTIONS_BAD), 2);
	cr_expect_eq(lsp_options_exit(LSP_OPTIONS_HELP), 0);
}

Test(options, name_the_option_in_one_line, .init = cr_redirect_stderr)
{
	char out[256];
	parse(&spec, "--limt 3", out);
	fflush(stderr);
	cr_assert_stderr_eq_str("linespan test: --limt: no such option; did you mean --limit?\n");
}

Test(options, print_help_without_what_is_hidden, .init = cr_redirect_stdout)
{
	char out[256];
	cr_expect_eq(parse(&spec, "--help", out), LSP_OPTIONS_HELP);
	fflush(stdout);
	cr_assert_stdout_eq_str("usage: linespan test [OPTION…] FILE…\n"
				"\n"
				"Tests.\n"
				"\n"
				"  -c, --count                 only count\n"
				"  -n, --limit N               this many\n"
				"  --since TIME                from then on\n"
				"  --help                      this text\n"
				"\n"
				"More of it.\n");
}

Test(options, suggest_the_nearest_name)
{
	static const char *const names[] = { "run", "serve", "grep", "show", "logs" };
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "rnu", "run" },
		{ "shwo", "show" },
		{ "sho", "show" },
		{ "server", "serve" },
		{ "log", "logs" },
		{ "gerp", "grep" },
		{ "xyzzy", NULL },
		{ "explain", NULL },
		{ "", NULL },
		{ "r", NULL },
		{ "a-word-that-is-longer-than-any-name-of-ours-could-be", NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *near = lsp_nearest(cases[i].word, names, 5);
		if (!cases[i].nearest)
			cr_expect_null(near, "%s: %s", cases[i].word, near);
		else
			cr_expect_str_eq(near ? near : "", cases[i].nearest, "%s", cases[i].word);
	}
}
