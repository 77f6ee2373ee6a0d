/* `linespan run`: checks the options, puts them into the environment and becomes the program. */
#include "commands.h"
#include "options.h"
#include "run_pipe.h"
#include "run_spool.h"
#include "run_target.h"
#include "../lib/core/settings.h"
#include "../lib/model/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_CANNOT_RUN 126 /* as shells answer */
#define EXIT_NOT_FOUND  127
#define VALUE_BYTES_MAX 4096

enum { OPT_PIPE = LSP_SETTING_N, N_OPTIONS };

static struct lsp_option table[N_OPTIONS];

static const struct lsp_options_spec spec = {
	.command = "linespan run",
	.operands = "[--] COMMAND [ARG…]",
	.summary =
		"Becomes COMMAND, with the shim loaded into it: its log lines carry the trace and "
		"span they belong to. The exit status is COMMAND's; 127 when it is not found, 126 "
		"when it cannot be run, 2 when an option is not understood.",
	.table = table,
	.n = N_OPTIONS,
	.stop_at_operand = true,
	.more = "Each option can be set in the environment, too: --log-file is "
		"LINESPAN_LOG_FILES,\n"
		"the others are LINESPAN_ and the option's name. An option wins.\n",
};

static void fill_table(void)
{
	static const char *const free_text[LSP_SETTING_N] = {
		[LSP_SETTING_SERVICE] = "NAME",
		[LSP_SETTING_DIR] = "DIR",
		[LSP_SETTING_LOG_FILES] = "GLOB",
		[LSP_SETTING_PROPAGATE] = "LIST",
		[LSP_SETTING_DEBUG] = "FILE",
	};
	for (int i = 0; i < LSP_SETTING_N; i++) {
		const struct lsp_setting_def *def = &lsp_setting_defs[i];
		table[i] = (struct lsp_option){ .name = def->option, .help = def->help };
		table[i].value = free_text[i] ? free_text[i] : def->values;
	}
	table[OPT_PIPE] = (struct lsp_option){ .name = "--pipe",
		.help = "for programs that cannot be preloaded (static, Go): stamps what comes "
			"out of them" };
}

/* One line that names the option, what was said and what may be said. */
static int refuse(const char *where, const struct lsp_setting_def *def, const char *value)
{
	if (def->kind != LSP_SETTING_WORD)
		return lsp_options_fail(
			&spec, "%s: \"%s\" is too long or not of the right form", where, value);
	char words[128];
	size_t n = 0;
	for (const char *p = def->values; *p && n + 3 < sizeof(words); p++) {
		words[n++] = *p == '|' ? ',' : *p;
		if (*p == '|')
			words[n++] = ' ';
	}
	words[n] = 0;
	return lsp_options_fail(&spec, "%s: \"%s\" is not one of %s", where, value, words);
}

static int set_variable(const char *name, const char *value)
{
	if (setenv(name, value, 1))
		return lsp_options_fail(&spec, "%s: %s", name, strerror(errno));
	return 0;
}

/* A relative name would mean another file after the program's first chdir(). */
static int set_debug(const char *value)
{
	char cwd[PATH_MAX], path[PATH_MAX * 2];
	if (value[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return set_variable("LINESPAN_DEBUG", value);
	snprintf(path, sizeof(path), "%s/%s", cwd, value);
	if (!lsp_settings_value_ok(LSP_SETTING_DEBUG, path))
		return refuse("--debug", &lsp_setting_defs[LSP_SETTING_DEBUG], path);
	return set_variable("LINESPAN_DEBUG", path);
}

/* A repeated option adds to what the same command line said before, not to the environment. */
static int set_list(int setting, const char *value, bool again)
{
	const struct lsp_setting_def *def = &lsp_setting_defs[setting];
	char joined[VALUE_BYTES_MAX];
	const char *before = again ? getenv(def->variable) : NULL;
	int n = snprintf(joined, sizeof(joined), "%s%s%s", before ? before : "",
		before ? (setting == LSP_SETTING_LOG_FILES ? ":" : ",") : "", value);
	if (n >= (int)sizeof(joined) || !lsp_settings_value_ok(setting, joined))
		return refuse(def->option, def, value);
	return set_variable(def->variable, joined);
}

static int set_option(int setting, const char *value, bool again)
{
	const struct lsp_setting_def *def = &lsp_setting_defs[setting];
	if (!lsp_settings_value_ok(setting, value))
		return refuse(def->option, def, value);
	if (setting == LSP_SETTING_DEBUG)
		return set_debug(value);
	if (def->kind == LSP_SETTING_LIST)
		return set_list(setting, value, again);
	return set_variable(def->variable, value);
}

/* Values from the environment get the same check: the shim would silently take the default. */
static int check_environment(void)
{
	for (int i = 0; i < LSP_SETTING_N; i++) {
		const struct lsp_setting_def *def = &lsp_setting_defs[i];
		const char *value = getenv(def->variable);
		char where[96];
		snprintf(where, sizeof(where), "%s (%s)", def->option, def->variable);
		if (value && *value && !lsp_settings_value_ok(i, value))
			return refuse(where, def, value);
	}
	return 0;
}

static int read_options(struct lsp_options *o, bool *ret_pipe)
{
	bool seen[N_OPTIONS] = { false };
	for (int opt; (opt = lsp_options_next(o)) != LSP_OPTIONS_END;) {
		if (opt < 0)
			return opt;
		if (opt == OPT_PIPE) {
			*ret_pipe = true;
			continue;
		}
		if (set_option(opt, o->value, seen[opt]))
			return LSP_OPTIONS_BAD;
		seen[opt] = true;
	}
	if (check_environment())
		return LSP_OPTIONS_BAD;
	if (o->n_operands == 0) {
		lsp_options_fail(&spec, "no command given; see linespan run --help");
		return LSP_OPTIONS_BAD;
	}
	return 0;
}

/* Without a spool lines are stamped all the same: no reason not to run the program. */
static int prepare_spool(void)
{
	char dir[PATH_MAX] = "";
	const char *said = getenv("LINESPAN_DIR");
	int rc = lsp_spool_prepare(said && *said ? said : NULL, dir, sizeof(dir));
	if (rc) {
		lsp_options_fail(&spec,
			"%s: cannot be the spool (%s): lines are stamped, but nothing "
			"reaches the sidecar",
			dir, strerror(-rc));
		return 0;
	}
	lsp_spool_prune(dir);
	return set_variable("LINESPAN_DIR", dir);
}

/* Ours first: its hooks are the outermost. What was there stays, but not ourselves twice. */
static int set_preload(const char *library)
{
	const char *before = getenv("LD_PRELOAD");
	struct lsp_buf value;
	lsp_buf_init(&value, 128 * 1024);
	int rc = lsp_buf_add_text(&value, library);
	while (rc == 0 && before && *before) {
		size_t len = strcspn(before, " :");
		if (len && (len != strlen(library) || memcmp(before, library, len) != 0))
			rc = lsp_buf_printf(&value, ":%.*s", (int)len, before);
		before += len + (before[len] != 0);
	}
	rc = rc ? lsp_options_fail(&spec, "LD_PRELOAD: too long")
		: set_variable("LD_PRELOAD", value.at);
	lsp_buf_release(&value);
	return rc;
}

static int prepare_shim(const char *program)
{
	char library[PATH_MAX];
	enum lsp_target target = lsp_target_inspect(program);
	if (target != LSP_TARGET_FITS)
		lsp_options_fail(&spec,
			"%s %s: it runs without the shim; --pipe stamps what comes out of it",
			program, lsp_target_why(target));
	/* A static program cannot keep the shim from its children, nor needs it to hand it on. */
	const char *children = getenv("LINESPAN_CHILDREN");
	bool hand_on = target == LSP_TARGET_STATIC && children && strcmp(children, "inherit") == 0;
	if (target != LSP_TARGET_FITS && !hand_on)
		return 0;
	switch (lsp_target_find_preload(library, sizeof(library))) {
	case 0:
		return set_preload(library);
	case -EINVAL:
		return lsp_options_fail(&spec,
			"%s: a path with a space or colon cannot be preloaded; "
			"install linespan elsewhere",
			library);
	default:
		return lsp_options_fail(&spec,
			"liblinespan-preload.so is not beside this program nor "
			"in ../lib; set LINESPAN_PRELOAD_LIB to its path");
	}
}

int lsp_cmd_run(int argc, char **argv)
{
	fill_table();
	struct lsp_options o;
	bool pipe = false;
	lsp_options_init(&o, &spec, argc, argv);
	int rc = read_options(&o, &pipe);
	if (rc)
		return lsp_options_exit(rc);
	o.operands[o.n_operands] = NULL; /* within argv, which ends in NULL */
	if (pipe)
		return prepare_spool() ? LSP_EXIT_ERROR : lsp_run_pipe(o.operands);
	if (prepare_spool() || prepare_shim(o.operands[0]) || set_variable("LINESPAN", "1"))
		return LSP_EXIT_ERROR;
	execvp(o.operands[0], o.operands);
	rc = errno;
	lsp_options_fail(
		&spec, "%s: %s", o.operands[0], rc == ENOENT ? "command not found" : strerror(rc));
	return rc == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
