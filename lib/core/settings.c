#include "settings.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct lsp_setting_def lsp_setting_defs[LSP_SETTING_N] = {
#define X(id, option, variable, kind, values, help)                                                \
	{ option, variable, LSP_SETTING_##kind, values, help },
	LSP_SETTING_TABLE(X)
#undef X
};

/* ---- values ---------------------------------------------------------------------------------- */

/* The position of a word in "a|b|c", -1 when it is not there. */
static int word_index(const char *values, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		const char *bar = strchr(values, '|');
		size_t n = bar ? (size_t)(bar - values) : strlen(values);

		if (n == len && memcmp(values, word, n) == 0)
			return i;
		if (!bar)
			return -1;
		values = bar + 1;
	}
}

static size_t capacity(enum lsp_setting which);

static bool is_port(const char *text, size_t n)
{
	unsigned port = 0;

	for (size_t i = 0; i < n; i++) {
		if (n > 5 || text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port >= 1 && port <= 65535;
}

/* "loopback", "all", "host:port", "[::1]:port"; "host.domain" for any port of it. */
static bool is_receiver(const char *entry, size_t n)
{
	const char *colon = memrchr(entry, ':', n);
	size_t host = colon ? (size_t)(colon - entry) : n;

	if (!colon && ((n == 8 && memcmp(entry, "loopback", 8) == 0) ||
			      (n == 3 && memcmp(entry, "all", 3) == 0)))
		return true;
	for (size_t i = 0; i < host; i++)
		if ((unsigned char)entry[i] <= ' ' || strchr("/,@\"'", entry[i]))
			return false;
	if (!colon)
		return memchr(entry, '.', n) != NULL;
	return host > 0 && is_port(colon + 1, n - host - 1);
}

/* A list; an empty one means nobody. */
static bool are_receivers(const char *list)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (!is_receiver(list, n))
			return false;
		list += n + (list[n] && list[n + 1] ? 1 : 0);
		if (*list == ',')
			return false;
	}
	return true;
}

bool lsp_settings_value_ok(enum lsp_setting which, const char *value)
{
	const struct lsp_setting_def *def = &lsp_setting_defs[which];

	if (def->kind == LSP_SETTING_WORD)
		return word_index(def->values, value) >= 0;
	if (which == LSP_SETTING_PROPAGATE && !are_receivers(value))
		return false;
	/* Only an empty list of hosts means something: none. */
	return (value[0] || which == LSP_SETTING_PROPAGATE) && strlen(value) < capacity(which);
}

/* ---- the environment ------------------------------------------------------------------------- */

static const char *value_of(char *const *envp, const char *name)
{
	size_t n = strlen(name);

	for (; envp && *envp; envp++)
		if (strncmp(*envp, name, n) == 0 && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}

/* Copies a text that fits; one that does not is as bad as one that is not understood. */
static bool copy(char *to, size_t cap, const char *from)
{
	size_t n = strlen(from);

	if (n >= cap)
		return false;
	memcpy(to, from, n + 1);
	return true;
}

/* ---- one member a setting -------------------------------------------------------------------- */

/* The tables' word orders, as the members' enums. */
static const uint8_t auto_on_off[] = { LSP_AUTO, LSP_ON, LSP_OFF };
static const uint8_t on_off[] = { LSP_ON, LSP_OFF };

struct member {
	size_t offset, cap;
	const uint8_t *words; /* the value of each word; NULL: its position */
};

#define TEXT(name)                                                                                 \
	{                                                                                          \
		offsetof(struct lsp_settings, name), sizeof(((struct lsp_settings *)0)->name),     \
			NULL                                                                       \
	}
#define WORD(name, words)                                                                          \
	{                                                                                          \
		offsetof(struct lsp_settings, name), 1, words                                      \
	}

static const struct member members[LSP_SETTING_N] = {
	[LSP_SETTING_SERVICE] = TEXT(service),
	[LSP_SETTING_DIR] = TEXT(dir),
	[LSP_SETTING_STDOUT] = WORD(stdout_mode, auto_on_off),
	[LSP_SETTING_STDERR] = WORD(stderr_mode, on_off),
	[LSP_SETTING_LOG_FILES] = TEXT(log_files),
	[LSP_SETTING_FORMAT] = WORD(format, NULL),
	[LSP_SETTING_FIELDS] = WORD(fields, NULL),
	[LSP_SETTING_CONTEXT] = WORD(context, NULL),
	[LSP_SETTING_SPANS] = WORD(spans, auto_on_off),
	[LSP_SETTING_PROPAGATE] = TEXT(propagate),
	[LSP_SETTING_CHILDREN] = WORD(children, NULL),
	[LSP_SETTING_DEEPBIND] = WORD(deepbind, NULL),
	[LSP_SETTING_ERRORS] = WORD(errors, NULL),
	[LSP_SETTING_DEBUG] = TEXT(debug),
};

static size_t capacity(enum lsp_setting which)
{
	return members[which].cap;
}

static void load_one(struct lsp_settings *s, enum lsp_setting which, const char *value)
{
	const struct lsp_setting_def *def = &lsp_setting_defs[which];
	const struct member *m = &members[which];
	char *at = (char *)s + m->offset;
	int word;

	if (!value || !*value)
		return;
	if (def->kind != LSP_SETTING_WORD) {
		if (!lsp_settings_value_ok(which, value) || !copy(at, m->cap, value))
			s->bad++;
		return;
	}
	word = word_index(def->values, value);
	if (word < 0)
		s->bad++;
	else
		*(uint8_t *)at = m->words ? m->words[word] : (uint8_t)word;
}

static void load_defaults(struct lsp_settings *s)
{
	for (int i = 0; i < LSP_SETTING_N; i++) {
		const struct lsp_setting_def *def = &lsp_setting_defs[i];
		char *at = (char *)s + members[i].offset;

		if (def->kind == LSP_SETTING_WORD)
			*(uint8_t *)at = members[i].words ? members[i].words[0] : 0;
		else
			(void)copy(at, members[i].cap, def->values);
	}
}

/* ---- the service's name ---------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* service.name of OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value", values percent-encoded. */
static bool service_of_resource(char *out, size_t cap, const char *list)
{
	static const char key[] = "service.name=";
	size_t n = 0;

	for (; list; list = strchr(list, ','), list = list ? list + 1 : NULL) {
		while (*list == ' ')
			list++;
		if (strncmp(list, key, sizeof(key) - 1) != 0)
			continue;
		for (list += sizeof(key) - 1; *list && *list != ',' && n + 1 < cap; list++) {
			if (*list == '%' && hex_digit(list[1]) >= 0 && hex_digit(list[2]) >= 0) {
				out[n++] = (char)(hex_digit(list[1]) << 4 | hex_digit(list[2]));
				list += 2;
			} else {
				out[n++] = *list;
			}
		}
		out[n] = 0;
		return out[0] != 0;
	}
	return false;
}

static void load_service(struct lsp_settings *s, char *const *envp, const char *program)
{
	const char *name;

	if (s->service[0])
		return;
	name = value_of(envp, "OTEL_SERVICE_NAME");
	if (name && *name && copy(s->service, sizeof(s->service), name))
		return;
	if (service_of_resource(
		    s->service, sizeof(s->service), value_of(envp, "OTEL_RESOURCE_ATTRIBUTES")))
		return;
	(void)copy(s->service, sizeof(s->service), program ? program : "");
	s->service_is_program = true;
}

void lsp_settings_load(struct lsp_settings *ret, char *const *envp, const char *program)
{
	const char *value = value_of(envp, "LINESPAN");

	memset(ret, 0, sizeof(*ret));
	ret->enabled = value && strcmp(value, "1") == 0;
	load_defaults(ret);
	for (int i = 0; i < LSP_SETTING_N; i++)
		load_one(ret, (enum lsp_setting)i, value_of(envp, lsp_setting_defs[i].variable));
	load_service(ret, envp, program);
	if (!ret->dir[0] && lsp_settings_default_dir(ret->dir, sizeof(ret->dir), envp))
		ret->dir[0] = 0;
	value = value_of(envp, "GOOGLE_CLOUD_PROJECT");
	if (value && !copy(ret->gcp_project, sizeof(ret->gcp_project), value))
		ret->bad++;
	value = value_of(envp, "JOURNAL_STREAM");
	if (value)
		(void)copy(ret->journal_stream, sizeof(ret->journal_stream), value);
}

/* ---- the spool ------------------------------------------------------------------------------- */

static int join(char *out, size_t cap, const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	if (n + m + 1 > cap)
		return -ENAMETOOLONG;
	memcpy(out, a, n);
	memcpy(out + n, b, m + 1);
	return 0;
}

int lsp_settings_default_dir(char *ret, size_t cap, char *const *envp)
{
	const char *runtime = value_of(envp, "XDG_RUNTIME_DIR");
	char number[24] = { 0 };
	unsigned uid = (unsigned)geteuid();
	int saved = errno, i = 22;

	if (access("/run/linespan", W_OK | X_OK) == 0) {
		errno = saved;
		return join(ret, cap, "/run/linespan", "");
	}
	errno = saved;
	if (runtime && *runtime == '/')
		return join(ret, cap, runtime, "/linespan");
	do
		number[--i] = (char)('0' + uid % 10);
	while (uid /= 10);
	return join(ret, cap, "/tmp/linespan-", number + i);
}

/* ---- log files ------------------------------------------------------------------------------- */

static bool matches(const char *glob, const char *path)
{
	const char *base = strrchr(path, '/');

	if (fnmatch(glob, path, 0) == 0)
		return true;
	return !strchr(glob, '/') && base && fnmatch(glob, base + 1, 0) == 0;
}

bool lsp_settings_is_log_file(const struct lsp_settings *s, const char *path)
{
	char glob[sizeof(s->log_files)];

	for (const char *at = s->log_files; *at;) {
		size_t n = strcspn(at, ":");

		if (n > 0) {
			memcpy(glob, at, n);
			glob[n] = 0;
			if (matches(glob, path))
				return true;
		}
		at += n + (at[n] ? 1 : 0);
	}
	return false;
}
