/* The rules that decide about a descriptor, as they look from outside of the process; and what its
 * ring's header counts. */
#include "doctor_process.h"
#include "../lib/core/settings.h"
#include "../lib/wire/ring_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 4096

struct seen {
	int fd;
	struct stat st;
	char path[PATH_MAX];
	unsigned flags;
};

struct answer {
	const char *verdict, *rule, *why;
};

static bool look(pid_t pid, int fd, struct seen *s)
{
	char name[64], line[128];
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t n = readlink(name, s->path, sizeof(s->path) - 1);
	if (n < 0 || stat(name, &s->st))
		return false;
	s->path[n] = 0;
	s->fd = fd;
	s->flags = 0;
	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", (int)pid, fd);
	FILE *info = fopen(name, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "flags: %o", &s->flags) == 1)
			break;
	if (info)
		fclose(info);
	return true;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
}

static struct answer about_stdout(
	const struct lsp_settings *set, const struct seen *s, const struct seen *err)
{
	char journal[48];
	snprintf(journal, sizeof(journal), "%llu:%llu", (unsigned long long)s->st.st_dev,
		(unsigned long long)s->st.st_ino);
	if (set->stdout_mode == LSP_ON)
		return (struct answer){ "stamp", "R4", "standard output is switched on" };
	if (set->stdout_mode == LSP_OFF)
		return (struct answer){ "pass", "R4", "standard output is switched off" };
	if (err && same(s, err))
		return (struct answer){ "stamp", "R4", "the same file as standard error" };
	if (strcmp(journal, set->journal_stream) == 0)
		return (struct answer){ "stamp", "R4", "standard output is the journal" };
	return (struct answer){ "mirror", "R4",
		"standard output may be data; --stdout on stamps it" };
}

static struct answer about(const struct lsp_settings *set, const struct seen *s,
	const struct seen *in, const struct seen *err)
{
	bool append = (s->flags & O_APPEND) && (s->flags & O_ACCMODE) == O_WRONLY;
	if (S_ISCHR(s->st.st_mode) || S_ISBLK(s->st.st_mode))
		return (struct answer){ "pass", "R2", "a terminal or another device" };
	if (s->fd <= 2 && in && S_ISSOCK(s->st.st_mode) && same(s, in))
		return (struct answer){ "pass", "R5", "standard input and output are one socket" };
	if (s->fd == 2)
		return set->stderr_mode == LSP_ON
			       ? (struct answer){ "stamp", "R3", "standard error" }
			       : (struct answer){ "pass", "R3", "standard error is switched off" };
	if (s->fd == 1)
		return about_stdout(set, s, err);
	if (!S_ISREG(s->st.st_mode))
		return (struct answer){ "pass", "R7", "no file" };
	if (!lsp_settings_is_log_file(set, s->path))
		return (struct answer){ "pass", "R6",
			"its name does not say log; --log-file GLOB names it" };
	return append ? (struct answer){ "stamp", "R6", "a log file, opened to append" }
		      : (struct answer){ "mirror", "R6", "a log file, but not only appended to" };
}

/* The settings that the process was started with. */
static void load_settings(struct lsp_settings *set, const json_t *environment)
{
	const char *name;
	json_t *value;
	char *envp[64];
	size_t n = 0;
	json_object_foreach((json_t *)environment, name, value)
	{
		if (n + 1 < sizeof(envp) / sizeof(envp[0]) &&
			asprintf(&envp[n], "%s=%s", name, json_string_value(value)) > 0)
			n++;
	}
	envp[n] = NULL;
	lsp_settings_load(set, envp, "");
	while (n > 0)
		free(envp[--n]);
}

json_t *lsp_doctor_descriptors(pid_t pid, const json_t *environment)
{
	struct lsp_settings set;
	struct seen in, err, s;
	json_t *list = json_array();
	load_settings(&set, environment);
	bool has_in = look(pid, 0, &in), has_err = look(pid, 2, &err);
	for (int fd = 1; fd < DESCRIPTORS_MAX; fd++) {
		if (!look(pid, fd, &s) ||
			(fd > 2 && (!S_ISREG(s.st.st_mode) || (s.flags & O_ACCMODE) == O_RDONLY)))
			continue;
		struct answer a = about(&set, &s, has_in ? &in : NULL, has_err ? &err : NULL);
		json_t *path = json_string(s.path);
		json_array_append_new(list, json_pack("{s:i,s:o,s:s,s:s,s:s}", "fd", fd, "path",
						    path ? path : json_string("?"), "verdict",
						    a.verdict, "rule", a.rule, "why", a.why));
	}
	return list;
}

/* NULL when the file is no ring; *ret_shim: it is the shim's, not a library's. */
static json_t *counters_of(int dir, const char *name, bool *ret_shim)
{
	static const char shim[] = "preload ";
	struct lsp_ring_file f;
	struct lsp_ring_header *head = malloc(sizeof(*head));
	json_t *counts = NULL;
	if (head && lsp_ring_file_open(&f, dir, name) == 0) {
		if (pread(f.fd, head, sizeof(*head), 0) == sizeof(*head)) {
			*ret_shim = memcmp(head->writer, shim, sizeof(shim) - 1) == 0;
			counts = json_object();
			for (unsigned i = 0; i < LSP_COUNTER_N; i++)
				json_object_set_new(counts, lsp_counter_name(i),
					json_integer((json_int_t)head->counters.slot[i]));
		}
		close(f.fd);
	}
	free(head);
	return counts;
}

/* A program that makes spans by liblinespan has a ring for them besides the shim's. */
json_t *lsp_doctor_counters(pid_t pid, const char *spool)
{
	char prefix[32];
	json_t *counts = NULL;
	bool is_shims = false;
	DIR *dir = opendir(spool);
	snprintf(prefix, sizeof(prefix), "%d-", (int)pid);
	for (struct dirent *e; !is_shims && dir && (e = readdir(dir));) {
		json_t *one = strncmp(e->d_name, prefix, strlen(prefix)) == 0
				      ? counters_of(dirfd(dir), e->d_name, &is_shims)
				      : NULL;
		if (!one)
			continue;
		json_decref(counts);
		counts = one;
	}
	if (dir)
		closedir(dir);
	return counts ? counts : json_null();
}
