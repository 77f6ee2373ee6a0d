#include "doctor_process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_BYTES_MAX (4u * 1024 * 1024)
#define OBJECTS_MAX    512

/* How to recognize a runtime by an object that it has mapped, and what helps its lines. */
static const struct {
	const char *object, *name, *advice;
} runtimes[] = {
	{ "/libpython", "Python",
		"PYTHONUNBUFFERED=1 makes it write each line when it is printed" },
	{ "/python", "Python", "PYTHONUNBUFFERED=1 makes it write each line when it is printed" },
	{ "/libperl", "Perl", "$| = 1 makes it write each line when it is printed" },
	{ "/perl", "Perl", "$| = 1 makes it write each line when it is printed" },
	{ "/libjvm.so", "Java", "use an appender that flushes each event (immediateFlush)" },
	{ "/libnode", "Node", NULL },
	{ "/node", "Node", NULL },
	{ "/libphp", "PHP", NULL },
	{ "/php", "PHP", NULL },
	{ "/libruby", "Ruby", "$stdout.sync = true makes it write each line when it is printed" },
	{ "/libcoreclr.so", ".NET", "Console.Out writes late: log to a file or to syslog" },
};

/* Contexts that a tracer publishes, by their thread-local symbols. */
static const char *const published[] = { "otel_thread_ctx_v1", "otel_thread_ctx_nodejs_v1",
	"elastic_apm_profiling_correlation_tls_v1", "custom_labels_current_set" };

/* A file of /proc, with its NUL bytes; the caller frees. NULL with errno set. */
static char *read_file(pid_t pid, const char *name, size_t *ret_n)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? malloc(FILE_BYTES_MAX + 1) : NULL;
	size_t n = 0;
	for (ssize_t got = 1; text && got > 0 && n<FILE_BYTES_MAX; n += got> 0 ? (size_t)got : 0)
		got = read(fd, text + n, FILE_BYTES_MAX - n);
	if (fd >= 0)
		close(fd);
	if (text)
		text[n] = 0;
	*ret_n = n;
	return text;
}

static json_t *text_json(const char *text)
{
	json_t *s = json_string(text);
	return s ? s : json_string("?"); /* not UTF-8 */
}

static json_t *settings_of(pid_t pid)
{
	size_t n = 0;
	char *env = read_file(pid, "environ", &n);
	json_t *found = json_object();
	for (char *p = env; p && p < env + n; p += strlen(p) + 1) {
		char *equals = strchr(p, '=');
		bool ours = strncmp(p, "LINESPAN", 8) == 0 || strncmp(p, "TRACEPARENT=", 12) == 0 ||
			    strncmp(p, "OTEL_SERVICE_NAME=", 18) == 0 ||
			    strncmp(p, "JOURNAL_STREAM=", 15) == 0;
		if (!equals || !ours)
			continue;
		*equals = 0;
		json_object_set_new(found, p, text_json(equals + 1));
		*equals = '=';
	}
	free(env);
	return found;
}

static json_t *command_of(pid_t pid)
{
	size_t n = 0;
	char *line = read_file(pid, "cmdline", &n);
	for (size_t i = 0; line && i + 1 < n; i++)
		if (line[i] == 0)
			line[i] = ' ';
	json_t *text = text_json(line ? line : "");
	free(line);
	return text;
}

static bool exports(Elf *elf, const char *name)
{
	for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
		GElf_Shdr head;
		GElf_Sym symbol;
		if (!gelf_getshdr(s, &head) || head.sh_type != SHT_DYNSYM || !head.sh_entsize)
			continue;
		Elf_Data *data = elf_getdata(s, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
			const char *text = elf_strptr(elf, head.sh_link, symbol.st_name);
			if (text && symbol.st_shndx != SHN_UNDEF && strcmp(text, name) == 0)
				return true;
		}
	}
	return false;
}

static void look_for_tracers(const char *path, json_t *found)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf *elf = fd >= 0 && elf_version(EV_CURRENT) != EV_NONE
			   ? elf_begin(fd, ELF_C_READ_MMAP, NULL)
			   : NULL;
	for (size_t i = 0; elf && i < sizeof(published) / sizeof(published[0]); i++)
		if (exports(elf, published[i]))
			json_array_append_new(found, json_string(published[i]));
	if (elf)
		elf_end(elf);
	if (fd >= 0)
		close(fd);
}

struct objects {
	bool shim, libc, musl;
	const char *runtime, *advice;
};

static void look_at_object(pid_t pid, const char *path, struct objects *o, json_t *tracers)
{
	char inside[PATH_MAX];
	const char *base = strrchr(path, '/');
	if (!base)
		return;
	if (strcmp(base, "/liblinespan-preload.so") == 0)
		o->shim = true;
	o->libc = o->libc || strncmp(base, "/libc.so", 8) == 0;
	o->musl = o->musl || strncmp(base, "/ld-musl", 8) == 0;
	for (size_t i = 0; !o->runtime && i < sizeof(runtimes) / sizeof(runtimes[0]); i++)
		if (strncmp(base, runtimes[i].object, strlen(runtimes[i].object)) == 0) {
			o->runtime = runtimes[i].name;
			o->advice = runtimes[i].advice;
		}
	snprintf(inside, sizeof(inside), "/proc/%d/root%s", (int)pid, path);
	if (strcmp(base, "/liblinespan-preload.so") != 0)
		look_for_tracers(inside, tracers);
}

/* Each mapped file once: the maps name one several times in a row. */
static bool look_at_objects(pid_t pid, struct objects *o, json_t *tracers)
{
	size_t n = 0, seen = 0;
	char *maps = read_file(pid, "maps", &n), last[PATH_MAX] = "", *save = NULL;
	for (char *line = maps ? strtok_r(maps, "\n", &save) : NULL; line && seen < OBJECTS_MAX;
		line = strtok_r(NULL, "\n", &save)) {
		char *path = strchr(line, '/');
		if (!path || strcmp(path, last) == 0)
			continue;
		snprintf(last, sizeof(last), "%s", path);
		look_at_object(pid, path, o, tracers);
		seen++;
	}
	free(maps);
	return maps && n > 0;
}

static void advise(json_t *advice, const char *text)
{
	json_array_append_new(advice, json_string(text));
}

static void add_advice(const struct objects *o, const json_t *settings, json_t *advice)
{
	const char *on = json_string_value(json_object_get(settings, "LINESPAN"));
	if (!o->shim && o->musl)
		advise(advice, "it uses another C library (musl), which the shim is not made for: "
			       "start it by linespan run --pipe");
	else if (!o->shim && !o->libc)
		advise(advice, "it is statically linked (as Go programs are): nothing can be "
			       "preloaded; start it by linespan run --pipe");
	else if (!o->shim)
		advise(advice, "the shim is not in this process: start it by linespan run (setuid "
			       "programs drop LD_PRELOAD)");
	else if (!on)
		advise(advice, "the shim is loaded, but LINESPAN=1 was not set: it does nothing");
	if (o->shim && o->advice)
		advise(advice, o->advice);
}

int lsp_doctor_process(pid_t pid, json_t **ret)
{
	struct objects o = { 0 };
	char path[64], exe[PATH_MAX] = "";
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (access(path, F_OK))
		return -ESRCH;
	json_t *tracers = json_array(), *advice = json_array();
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	ssize_t n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0 || !look_at_objects(pid, &o, tracers)) {
		json_decref(tracers);
		json_decref(advice);
		return -EACCES;
	}
	exe[n] = 0;
	json_t *settings = settings_of(pid);
	add_advice(&o, settings, advice);
	const char *on = json_string_value(json_object_get(settings, "LINESPAN"));
	*ret = json_object();
	json_object_set_new(*ret, "pid", json_integer(pid));
	json_object_set_new(*ret, "program", text_json(exe));
	json_object_set_new(*ret, "command", command_of(pid));
	json_object_set_new(*ret, "shim", json_string(!o.shim ? "missing" : on ? "loaded" : "off"));
	json_object_set_new(*ret, "runtime", o.runtime ? json_string(o.runtime) : json_null());
	json_object_set_new(*ret, "tracers", tracers);
	json_object_set_new(*ret, "settings", settings);
	json_object_set_new(*ret, "advice", advice);
	return 0;
}
