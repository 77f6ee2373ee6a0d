/* Is it a log, or data? Rules R2–R7, looked up when a descriptor is first written to with a context
 * active. docs/shim.md explains each. */
#ifndef LSP_PRELOAD_RULES_H
#define LSP_PRELOAD_RULES_H

#include "../lib/core/ring_channels.h"
#include <stdint.h>
#include <sys/stat.h>

enum lsp_verdict {
	LSP_VERDICT_UNKNOWN,
	LSP_VERDICT_PASS,   /* bytes and ring untouched */
	LSP_VERDICT_MIRROR, /* bytes untouched; lines go to the ring with their context */
	LSP_VERDICT_STAMP,
};

enum lsp_fd_kind { LSP_FD_OTHER, LSP_FD_PIPE, LSP_FD_FILE, LSP_FD_STREAM, LSP_FD_SYSLOG };

/* Why: X(id, verdict, rule, text for people). */
#define LSP_REASON_TABLE(X)                                                                        \
	X(GONE, PASS, "R12", "not open, or cannot be looked at")                                   \
	X(TERMINAL, PASS, "R2", "a terminal or another character device")                          \
	X(DEVICE, PASS, "R2", "a block device or directory")                                       \
	X(STDERR, STAMP, "R3", "standard error on a pipe, file or socket")                         \
	X(STDERR_DUP, STAMP, "R3", "a copy of standard error")                                     \
	X(STDERR_OFF, PASS, "R3", "standard error is switched off by setting")                     \
	X(STDOUT_ON, STAMP, "R4", "standard output is switched on by setting")                     \
	X(STDOUT_OFF, PASS, "R4", "standard output is switched off by setting")                    \
	X(STDOUT_STDERR, STAMP, "R4", "standard output is the same file as standard error")        \
	X(STDOUT_JOURNAL, STAMP, "R4", "standard output is the journal")                           \
	X(STDOUT_DATA, MIRROR, "R4", "standard output may be data")                                \
	X(ONE_SOCKET, PASS, "R5", "standard input and output are one socket")                      \
	X(LOG_FILE, STAMP, "R6", "a file opened to append whose name says log")                    \
	X(LOG_NO_APPEND, MIRROR, "R6", "its name says log, but it is not only appended to")        \
	X(FILE, PASS, "R6", "a file whose name does not say log")                                  \
	X(SYSLOG_SOCKET, STAMP, "R7", "connected to the system log")                               \
	X(SOCKET, PASS, "R7", "a socket")                                                          \
	X(PIPE, PASS, "R6", "a pipe other than standard output or error")                          \
	X(BINARY, PASS, "R8", "bytes that are not text: data from now on")

enum lsp_reason {
#define X(id, ...) LSP_REASON_##id,
	LSP_REASON_TABLE(X)
#undef X
	LSP_REASON_N
};

struct lsp_rule {
	uint8_t verdict; /* enum lsp_verdict */
	uint8_t kind;    /* enum lsp_fd_kind */
	uint8_t channel; /* enum lsp_channel */
	uint8_t reason;  /* enum lsp_reason */
};

/* Decides about an open descriptor whose fstat() is st. System calls: fcntl, readlink,
 * getsockname, getpeername at most. errno is not kept. */
struct lsp_rule lsp_rule_of(int fd, const struct stat *st);

/* Remembers which pipe standard error is when the process starts; errno is not kept. */
void lsp_rules_first_stderr(void);

const char *lsp_reason_text(unsigned reason);
const char *lsp_reason_rule(unsigned reason);

/* True for the socket paths of the system log. */
bool lsp_rule_syslog_path(const char *path);

#endif
