#include "options.h"
#include "commands.h"

#include <stdarg.h>
#include <string.h>

#define HELP_COLUMN    30
#define HELP_WIDTH     96
#define NAME_MAX_CHARS 40 /* longer words are not compared */

void lsp_options_init(
	struct lsp_options *o, const struct lsp_options_spec *spec, int argc, char **argv)
{
	*o = (struct lsp_options){ .spec = spec, .argv = argv, .argc = argc, .at = 1 };
	o->operands = argv + 1;
}

int lsp_options_fail(const struct lsp_options_spec *spec, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "%s: ", spec->command);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return LSP_EXIT_ERROR;
}

int lsp_options_exit(int answer)
{
	return answer == LSP_OPTIONS_HELP ? LSP_EXIT_FOUND : LSP_EXIT_ERROR;
}

static int unknown_option(const struct lsp_options *o, const char *text)
{
	const char *names[64];
	size_t n = 0;
	for (size_t i = 0; i < o->spec->n && n < 64; i++)
		if (o->spec->table[i].help)
			names[n++] = o->spec->table[i].name;
	const char *near = lsp_nearest(text, names, n);
	if (near)
		lsp_options_fail(o->spec, "%s: no such option; did you mean %s?", text, near);
	else
		lsp_options_fail(
			o->spec, "%s: no such option; see %s --help", text, o->spec->command);
	return LSP_OPTIONS_BAD;
}

static int take_value(struct lsp_options *o, size_t option, const char *attached)
{
	const struct lsp_option *def = &o->spec->table[option];
	o->value = NULL;
	if (!def->value && attached) {
		lsp_options_fail(o->spec, "%s: takes no value", def->name);
		return LSP_OPTIONS_BAD;
	}
	if (def->value && !attached) {
		if (o->at >= o->argc) {
			lsp_options_fail(
				o->spec, "%s: a value is missing (%s)", def->name, def->value);
			return LSP_OPTIONS_BAD;
		}
		attached = o->argv[o->at++];
	}
	o->value = attached;
	return (int)option;
}

static int long_option(struct lsp_options *o, const char *arg)
{
	size_t len = strcspn(arg, "=");
	if (strcmp(arg, "--help") == 0) {
		lsp_options_help(o->spec, stdout);
		return LSP_OPTIONS_HELP;
	}
	for (size_t i = 0; i < o->spec->n; i++) {
		const char *name = o->spec->table[i].name;
		if (strlen(name) == len && memcmp(name, arg, len) == 0)
			return take_value(o, i, arg[len] ? arg + len + 1 : NULL);
	}
	char name[NAME_MAX_CHARS + 1];
	snprintf(name, sizeof(name), "%.*s", (int)len, arg);
	return unknown_option(o, name);
}

/* One letter of "-cH"; the rest of the word is the value of a letter that takes one. */
static int letter_option(struct lsp_options *o)
{
	char letter = *o->cluster++;
	const char *rest = *o->cluster ? o->cluster : NULL;
	if (!rest)
		o->cluster = NULL;
	for (size_t i = 0; i < o->spec->n; i++) {
		const struct lsp_option *def = &o->spec->table[i];
		if (def->letter != letter)
			continue;
		if (!def->value)
			return take_value(o, i, NULL);
		o->cluster = NULL;
		return take_value(o, i, rest);
	}
	if (letter == 'h') {
		lsp_options_help(o->spec, stdout);
		return LSP_OPTIONS_HELP;
	}
	return unknown_option(o, (char[]){ '-', letter, 0 });
}

int lsp_options_next(struct lsp_options *o)
{
	if (o->cluster)
		return letter_option(o);
	while (o->at < o->argc) {
		char *arg = o->argv[o->at++];
		if (o->ended || arg[0] != '-' || arg[1] == 0) {
			/* Never overtakes the reader: operands are a subset of what was read. */
			o->operands[o->n_operands++] = arg;
			o->ended = o->ended || o->spec->stop_at_operand;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			o->ended = true;
			continue;
		}
		if (arg[1] == '-')
			return long_option(o, arg);
		o->cluster = arg + 1;
		return letter_option(o);
	}
	return LSP_OPTIONS_END;
}

/* Text in lines of HELP_WIDTH columns, each after the first indented. Bytes count as columns: help
 * texts have a few characters outside of ASCII and lines may end that much earlier. */
static void print_wrapped(FILE *to, const char *text, size_t indent, size_t column)
{
	while (*text) {
		size_t word = strcspn(text, " \n");
		if (column > indent && column + 1 + word > HELP_WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', to);
			column++;
		}
		fwrite(text, 1, word, to);
		column += word;
		text += word;
		text += strspn(text, " ");
		if (*text == '\n')
			text++;
	}
	fputc('\n', to);
}

void lsp_options_help(const struct lsp_options_spec *spec, FILE *to)
{
	fprintf(to, "usage: %s [OPTION…]%s%s\n\n", spec->command, *spec->operands ? " " : "",
		spec->operands);
	print_wrapped(to, spec->summary, 0, 0);
	fputc('\n', to);
	for (size_t i = 0; i < spec->n; i++) {
		const struct lsp_option *def = &spec->table[i];
		if (!def->help)
			continue;
		char head[160];
		int n = snprintf(head, sizeof(head), "  %s%.1s%s%s%s%s", def->letter ? "-" : "",
			def->letter ? &def->letter : "", def->letter ? ", " : "", def->name,
			def->value ? " " : "", def->value ? def->value : "");
		if (n >= HELP_COLUMN)
			fprintf(to, "%s\n%*s", head, HELP_COLUMN, "");
		else
			fprintf(to, "%-*s", HELP_COLUMN, head);
		print_wrapped(to, def->help, HELP_COLUMN, HELP_COLUMN);
	}
	fprintf(to, "%-*sthis text\n", HELP_COLUMN, "  --help");
	if (spec->more)
		fprintf(to, "\n%s", spec->more);
}

/* Edit distance with neighbours swapped counting as one (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	if (la > NAME_MAX_CHARS || lb > NAME_MAX_CHARS)
		return NAME_MAX_CHARS;
	size_t d[NAME_MAX_CHARS + 1][NAME_MAX_CHARS + 1];
	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}

const char *lsp_nearest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t best_distance = 3, len = strlen(word);
	for (size_t i = 0; i < n; i++) {
		size_t far = distance(word, names[i]);
		if (len >= 2 && strspn(word, "-") < len && strncmp(word, names[i], len) == 0)
			far = 1;
		/* Two of three letters wrong is no likeness. */
		if (far < best_distance && far * 2 <= strlen(names[i])) {
			best = names[i];
			best_distance = far;
		}
	}
	return best;
}
