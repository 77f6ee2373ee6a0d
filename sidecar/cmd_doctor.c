/* `linespan doctor`: why the lines of a process are, or are not, stamped. */
#include "commands.h"
#include "doctor_process.h"
#include "options.h"
#include "run_target.h"
#include "../lib/core/settings.h"
#include "../lib/core/counters.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND  127
#define DEBUG_NAME      "decisions"

extern char **environ;

enum { OPT_JSON, OPT_DIR, N_OPTIONS };
static const struct lsp_option table[N_OPTIONS] = {
	[OPT_JSON] = { "--json", 0, NULL, "one JSON document" },
	[OPT_DIR] = { "--dir", 0, "DIR", "of a PID: its spool (default: what it was told)" },
};
static const struct lsp_options_spec spec = {
	.command = "linespan doctor",
	.operands = "PID | [--] COMMAND [ARG…]",
	.summary =
		"Says of a running process whether the shim is in it, which runtime and tracer it "
		"has, what decides about each of its descriptors, what the shim counted, and "
		"what to change. Of a command: what the shim can do for it, and, after a run "
		"of it, what it decided. Exit status: 0 lines can be stamped, 1 they cannot, "
		"2 usage or error.",
	.table = table,
	.n = N_OPTIONS,
	.stop_at_operand = true,
};

static void print_list(const char *title, const json_t *list)
{
	size_t i;
	json_t *text;
	json_array_foreach((json_t *)list, i, text)
		printf("%s%s\n", i == 0 ? title : "            ", json_string_value(text));
}

static void print_counters(const json_t *counters)
{
	const char *name;
	json_t *n;
	bool any = false;
	json_object_foreach((json_t *)counters, name, n)
	{
		if (json_integer_value(n) == 0)
			continue;
		printf("%s%s %lld\n", any ? "            " : "counted     ", name,
			(long long)json_integer_value(n));
		any = true;
	}
	if (!any)
		printf("counted     nothing yet%s\n",
			json_is_null(counters) ? ": it has no ring in this spool" : "");
}

static void print_process(const json_t *p)
{
	size_t i;
	json_t *d, *value;
	const char *name;
	printf("process     %lld %s\n", (long long)json_integer_value(json_object_get(p, "pid")),
		json_string_value(json_object_get(p, "command")));
	printf("shim        %s\n", json_string_value(json_object_get(p, "shim")));
	const char *runtime = json_string_value(json_object_get(p, "runtime"));
	printf("runtime     %s\n", runtime ? runtime : "native");
	if (json_array_size(json_object_get(p, "tracers")))
		print_list("tracer      ", json_object_get(p, "tracers"));
	else
		printf("tracer      none found: contexts come from requests and TRACEPARENT\n");
	json_object_foreach(json_object_get(p, "settings"), name,
		value) if (strcmp(name, "LINESPAN") != 0) /* the shim itself has changed that one */
		printf("set         %s=%s\n", name, json_string_value(value));
	json_array_foreach(json_object_get(p, "descriptors"), i, d)
		printf("%s%3lld %-6s %s %s (%s)\n", i == 0 ? "descriptor  " : "            ",
			(long long)json_integer_value(json_object_get(d, "fd")),
			json_string_value(json_object_get(d, "verdict")),
			json_string_value(json_object_get(d, "rule")),
			json_string_value(json_object_get(d, "path")),
			json_string_value(json_object_get(d, "why")));
	print_counters(json_object_get(p, "counters"));
	print_list("to change   ", json_object_get(p, "advice"));
}

static int find_spool(const char *said, const json_t *p, char *dir, size_t cap)
{
	const char *set =
		json_string_value(json_object_get(json_object_get(p, "settings"), "LINESPAN_DIR"));
	if (said || set)
		return snprintf(dir, cap, "%s", said ? said : set) < (int)cap ? 0 : -ENAMETOOLONG;
	return lsp_settings_default_dir(dir, cap, environ);
}

static int look_at_pid(pid_t pid, const char *spool, bool as_json)
{
	char dir[PATH_MAX] = "";
	json_t *p = NULL;
	int rc = lsp_doctor_process(pid, &p);
	if (rc == -ESRCH)
		return lsp_options_fail(&spec, "%d: no such process", (int)pid);
	if (rc)
		return lsp_options_fail(&spec,
			"%d: it may not be looked at: %s (try as its user or root)", (int)pid,
			strerror(-rc));
	(void)find_spool(spool, p, dir, sizeof(dir));
	json_object_set_new(
		p, "descriptors", lsp_doctor_descriptors(pid, json_object_get(p, "settings")));
	json_object_set_new(p, "counters", lsp_doctor_counters(pid, dir));
	bool loaded = strcmp(json_string_value(json_object_get(p, "shim")), "loaded") == 0;
	if (loaded && json_is_null(json_object_get(p, "counters")))
		json_array_append_new(json_object_get(p, "advice"),
			json_string(
				"it has no ring in this spool: a program of the deny list (R1), "
				"--context off, or another --dir"));
	if (as_json) {
		json_dumpf(p, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_process(p);
	}
	json_decref(p);
	return loaded ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}

static _Noreturn void become_run(char **argv, const char *folder)
{
	char self[PATH_MAX], debug[PATH_MAX];
	char name[] = "linespan", run[] = "run", end[] = "--";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t argc = 0;
	while (argv[argc])
		argc++;
	char **full = calloc(argc + 4, sizeof(*full));
	self[n > 0 ? n : 0] = 0;
	snprintf(debug, sizeof(debug), "%s/" DEBUG_NAME, folder);
	setenv("LINESPAN_DEBUG", debug, 1);
	/* With a context, so that there is something to decide; with a spool of its own, so that
	 * this context's lines reach no store. */
	setenv("LINESPAN_DIR", folder, 1);
	setenv("TRACEPARENT", "00-d0c7000000000000000000000000d0c7-d0c700000000d0c7-01", 0);
	if (full) {
		full[0] = name, full[1] = run, full[2] = end;
		memcpy(full + 3, argv, argc * sizeof(*argv));
		execv(self, full);
	}
	_exit(EXIT_CANNOT_RUN);
}

/* Runs the command under the shim; what it decided is in the folder. Returns its status. */
static int run_with_debug(char **argv, const char *folder)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		become_run(argv, folder);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir && (e = readdir(dir));)
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

static json_t *read_facts(const char *folder)
{
	char path[PATH_MAX], line[1024];
	json_t *facts = json_array();
	snprintf(path, sizeof(path), "%s/" DEBUG_NAME, folder);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		json_t *text = json_string(line);
		if (text)
			json_array_append_new(facts, text);
	}
	if (f)
		fclose(f);
	return facts;
}

/* Why the shim stays out of the program, when that is all that it said; else NULL. */
static const char *why_out(const json_t *facts)
{
	static const char mark[] = "] off: ";
	const char *why = NULL;
	size_t i;
	json_t *fact;
	json_array_foreach((json_t *)facts, i, fact)
	{
		const char *at = strstr(json_string_value(fact), mark);
		if (!at)
			return NULL;
		why = at + sizeof(mark) - 1;
	}
	return why;
}

static void print_run(const char *command, int status, const json_t *facts)
{
	const char *out = why_out(facts);
	printf("command     %s %s; it ended with status %d\n", command,
		out ? "is not looked into" : "takes the shim", status);
	print_list("decided     ", facts);
	if (json_array_size(facts) == 0)
		printf("decided     nothing: it wrote nothing that rules were asked about\n");
	if (out)
		printf("to change   what it starts by exec gets the shim, with --children inherit "
		       "all that it starts;\n            linespan run --pipe stamps what comes out "
		       "of it\n");
}

static int look_at_command(char **argv, bool as_json)
{
	char folder[] = "/tmp/linespan-doctor-XXXXXX";
	enum lsp_target target = lsp_target_inspect(argv[0]);
	int status = 0;
	json_t *facts = NULL;
	if (target == LSP_TARGET_FITS) {
		if (!mkdtemp(folder))
			return lsp_options_fail(&spec, "%s: %s", folder, strerror(errno));
		status = run_with_debug(argv, folder);
		facts = read_facts(folder);
		remove_folder(folder);
	}
	facts = facts ? facts : json_array();
	if ((status == EXIT_NOT_FOUND || status == EXIT_CANNOT_RUN || status < 0) &&
		json_array_size(facts) == 0) {
		json_decref(facts); /* one line has been printed */
		return LSP_EXIT_ERROR;
	}
	const char *out = why_out(facts), *why = out ? out : lsp_target_why(target);
	bool fits = target == LSP_TARGET_FITS && !out;
	if (as_json) {
		json_t *all = json_pack("{s:s,s:b,s:s,s:i,s:O}", "command", argv[0], "fits", fits,
			"why", why, "exit_status", status, "decisions", facts);
		json_dumpf(all, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(all);
	} else if (target != LSP_TARGET_FITS) {
		printf("command     %s %s\nto change   linespan run --pipe stamps what comes out "
		       "of "
		       "it\n",
			argv[0], why);
	} else {
		print_run(argv[0], status, facts);
	}
	json_decref(facts);
	return fits ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}

int lsp_cmd_doctor(int argc, char **argv)
{
	struct lsp_options o;
	const char *spool = NULL;
	bool json = false, after_dashes = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		if (opt < 0)
			return lsp_options_exit(opt);
		json = json || opt == OPT_JSON;
		spool = opt == OPT_DIR ? o.value : spool;
	}
	if (o.n_operands == 0)
		return lsp_options_fail(&spec, "give a process id or a command; see --help");
	after_dashes = o.operands > argv && strcmp(o.operands[-1], "--") == 0;
	char *end;
	long pid = strtol(o.operands[0], &end, 10);
	if (!after_dashes && o.n_operands == 1 && *end == 0 && pid > 0 && pid <= INT_MAX)
		return look_at_pid((pid_t)pid, spool, json);
	if (spool)
		return lsp_options_fail(
			&spec, "--dir is for a PID; a command gets a spool of its own");
	o.operands[o.n_operands] = NULL;
	return look_at_command(o.operands, json);
}
