/* Every setting of the shim, in one table: option of `linespan run`, environment variable, kind,
 * default, help. The enum, the defaults, the parser, `linespan run --help` and docs are made of it.
 * No other file looks at the environment for settings.
 *
 * core: libc only; no malloc; async-signal-safe. */
#ifndef LSP_CORE_SETTINGS_H
#define LSP_CORE_SETTINGS_H

#include "stamp.h"
#include <stdbool.h>
#include <stddef.h>

enum lsp_onoff { LSP_OFF, LSP_ON, LSP_AUTO };
enum lsp_context_mode { LSP_CONTEXT_AUTO, LSP_CONTEXT_PUBLISHED, LSP_CONTEXT_ENV, LSP_CONTEXT_OFF };
enum lsp_children_mode { LSP_CHILDREN_NONE, LSP_CHILDREN_INHERIT };
enum lsp_deepbind_mode { LSP_DEEPBIND_AUTO, LSP_DEEPBIND_KEEP, LSP_DEEPBIND_STRIP };
enum lsp_errors_mode { LSP_ERRORS_ON, LSP_ERRORS_RING, LSP_ERRORS_OFF };

#define LSP_LOG_FILES_DEFAULT "*.log:*.log.*:*/log/*:*/logs/*"

/* X(id, option, environment variable, kind, values ("|" separated, default first; "" for free
 * text), help). Kinds: WORD one of the values; TEXT free text with a ceiling; LIST a repeated
 * option, joined with the separator that SEP names. */
#define LSP_SETTING_TABLE(X)                                                                       \
	X(SERVICE, "--service", "LINESPAN_SERVICE", TEXT, "",                                      \
		"name of the service (program name)")                                              \
	X(DIR, "--dir", "LINESPAN_DIR", TEXT, "", "spool folder that the sidecar reads")           \
	X(STDOUT, "--stdout", "LINESPAN_STDOUT", WORD, "auto|on|off", "stamp standard output")     \
	X(STDERR, "--stderr", "LINESPAN_STDERR", WORD, "on|off", "stamp standard error")           \
	X(LOG_FILES, "--log-file", "LINESPAN_LOG_FILES", LIST, LSP_LOG_FILES_DEFAULT,              \
		"which files are logs (repeat)")                                                   \
	X(FORMAT, "--format", "LINESPAN_FORMAT", WORD, "auto|suffix|prefix|json|none",             \
		"how a line is stamped")                                                           \
	X(FIELDS, "--fields", "LINESPAN_FIELDS", WORD, "otel|ecs|datadog|gcp", "names of the ids") \
	X(CONTEXT, "--context", "LINESPAN_CONTEXT", WORD, "auto|published|env|off",                \
		"where contexts may come from")                                                    \
	X(SPANS, "--spans", "LINESPAN_SPANS", WORD, "auto|on|off",                                 \
		"make spans (auto: not when a tracer is found)")                                   \
	X(PROPAGATE, "--propagate", "LINESPAN_PROPAGATE", LIST, "",                                \
		"whose requests get a traceparent: loopback, all, or host:port,…")                 \
	X(CHILDREN, "--children", "LINESPAN_CHILDREN", WORD, "none|inherit",                       \
		"do started programs run under the shim")                                          \
	X(DEEPBIND, "--deepbind", "LINESPAN_DEEPBIND", WORD, "auto|keep|strip",                    \
		"libraries loaded with RTLD_DEEPBIND (auto: strip in php with --propagate)")       \
	X(ERRORS, "--errors", "LINESPAN_ERRORS", WORD, "on|ring|off", "error records")             \
	X(DEBUG, "--debug", "LINESPAN_DEBUG", TEXT, "", "file for what the shim decided, and why")

enum lsp_setting {
#define X(id, ...) LSP_SETTING_##id,
	LSP_SETTING_TABLE(X)
#undef X
		LSP_SETTING_N
};

enum lsp_setting_kind { LSP_SETTING_WORD, LSP_SETTING_TEXT, LSP_SETTING_LIST };

struct lsp_setting_def {
	const char *option;
	const char *variable;
	enum lsp_setting_kind kind;
	const char *values;
	const char *help;
};
extern const struct lsp_setting_def lsp_setting_defs[LSP_SETTING_N];

/* The settings of one process; plain bytes, no pointers into the environment (programs overwrite
 * theirs). The words are the position in the table's list of values. */
struct lsp_settings {
	bool enabled; /* LINESPAN=1 */
	uint8_t stdout_mode; /* LSP_OFF, LSP_ON, LSP_AUTO */
	uint8_t stderr_mode; /* LSP_OFF, LSP_ON */
	uint8_t format; /* enum lsp_format */
	uint8_t fields; /* enum lsp_fields */
	uint8_t context; /* enum lsp_context_mode */
	uint8_t spans; /* LSP_OFF, LSP_ON, LSP_AUTO */
	uint8_t children; /* enum lsp_children_mode */
	uint8_t deepbind; /* enum lsp_deepbind_mode */
	uint8_t errors; /* enum lsp_errors_mode */
	uint32_t bad; /* how many values were not understood (and got the default) */
	char service[128];
	bool service_is_program; /* nobody has named it */
	char dir[256];
	char log_files[1024]; /* ":" separated globs */
	char propagate[1024];
	char debug[256];
	char gcp_project[64]; /* GOOGLE_CLOUD_PROJECT */
	char journal_stream[48]; /* JOURNAL_STREAM, which systemd sets: "dev:inode" */
};

/* Reads all settings from an environment block. Service: LINESPAN_SERVICE, else OTEL_SERVICE_NAME,
 * else service.name in OTEL_RESOURCE_ATTRIBUTES, else `program`. The spool: LINESPAN_DIR, else
 * lsp_settings_default_dir(). Never fails. */
void lsp_settings_load(struct lsp_settings *ret, char *const *envp, const char *program);

/* True when a value is one that the setting takes (for `linespan run`, which refuses others). */
bool lsp_settings_value_ok(enum lsp_setting which, const char *value);

/* The spool when nothing is said: /run/linespan when it is there and can be written, else
 * $XDG_RUNTIME_DIR/linespan, else /tmp/linespan-UID. Writes a NUL-terminated path of at most cap
 * bytes; returns 0 or -ENAMETOOLONG. Does not create anything. */
int lsp_settings_default_dir(char *ret, size_t cap, char *const *envp);

/* True when path matches one of the ":" separated globs (fnmatch without FNM_PATHNAME: "*" crosses
 * "/"). A "*" prefix is not needed for relative globs: "app.log" matches ".../app.log". */
bool lsp_settings_is_log_file(const struct lsp_settings *s, const char *path);

#endif
