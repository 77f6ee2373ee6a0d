/* libsystemd's journal reader, opened when it is needed: a machine without systemd runs the same
 * program. */
#ifndef LSP_SIDECAR_JOURNAL_LIB_H
#define LSP_SIDECAR_JOURNAL_LIB_H

#include <stddef.h>
#include <stdint.h>

typedef struct sd_journal sd_journal;

/* X(return type, name without "sd_journal_", parameters), as <systemd/sd-journal.h> has them. */
#define LSP_JOURNAL_LIB_TABLE(X)                                                                   \
	X(int, open, (sd_journal **, int flags))                                                   \
	X(int, open_directory, (sd_journal **, const char *path, int flags))                       \
	X(int, open_files, (sd_journal **, const char **paths, int flags))                         \
	X(void, close, (sd_journal *))                                                             \
	X(int, next, (sd_journal *))                                                               \
	X(int, wait, (sd_journal *, uint64_t timeout_us))                                          \
	X(int, seek_head, (sd_journal *))                                                          \
	X(int, seek_realtime_usec, (sd_journal *, uint64_t us))                                    \
	X(int, seek_cursor, (sd_journal *, const char *cursor))                                    \
	X(int, test_cursor, (sd_journal *, const char *cursor))                                    \
	X(int, get_cursor, (sd_journal *, char **ret))                                             \
	X(int, get_realtime_usec, (sd_journal *, uint64_t * ret))                                  \
	X(void, restart_data, (sd_journal *))                                                      \
	X(int, enumerate_data, (sd_journal *, const void **ret, size_t *ret_bytes))

struct lsp_journal_lib {
#define X(type, name, parameters) type(*name) parameters;
	LSP_JOURNAL_LIB_TABLE(X)
#undef X
};

/* Returns 0, or -ENOPKG when the library is not there or too old. It stays open. */
int lsp_journal_lib_open(struct lsp_journal_lib *ret);

#endif
