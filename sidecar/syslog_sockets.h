/* The sockets of the syslog intake, and the streams of its TCP senders. One thread. */
#ifndef LSP_SIDECAR_SYSLOG_SOCKETS_H
#define LSP_SIDECAR_SYSLOG_SOCKETS_H

#include "address.h"
#include "../lib/wire/syslog.h"

#include <poll.h>

#define LSP_SYSLOG_STREAMS_MAX 256 /* TCP senders at once; one more waits to be accepted */
#define LSP_SYSLOG_FDS_MAX     (LSP_SYSLOG_STREAMS_MAX + 3)

struct lsp_syslog_stream {
	int fd;
	struct lsp_buf bytes; /* of a message that is not complete */
};

struct lsp_syslog_sockets {
	int udp, listener, local; /* -1: none */
	char local_path[108]; /* of the socket file that is ours, or "" */
	struct lsp_syslog_stream streams[LSP_SYSLOG_STREAMS_MAX];
	int n_streams;
	size_t read_bytes; /* in the last round */
};

/* pid 0: not known. */
typedef void lsp_syslog_line(void *arg, struct lsp_slice line, uint32_t pid);

/* Returns 0, or -errno with *ret_what "syslog" or "syslog-socket"; close() is due either way. */
int lsp_syslog_sockets_open(struct lsp_syslog_sockets *s, struct lsp_address *address,
	const char *path, const char **ret_what);
void lsp_syslog_sockets_close(struct lsp_syslog_sockets *s);

/* Fills fds (room for LSP_SYSLOG_FDS_MAX), returns how many. */
int lsp_syslog_sockets_poll(struct lsp_syslog_sockets *s, struct pollfd *fds);
/* Reads those that are ready, a bounded amount each; accepts and ends streams. */
void lsp_syslog_sockets_read(struct lsp_syslog_sockets *s, const struct pollfd *fds, int n,
	lsp_syslog_line *line, void *arg);
/* True when the last round read so little that more is not waiting. */
bool lsp_syslog_sockets_quiet(const struct lsp_syslog_sockets *s);
/* No new streams from here on. */
void lsp_syslog_sockets_last(struct lsp_syslog_sockets *s);
/* What is left in the streams are messages, too. */
void lsp_syslog_sockets_end(struct lsp_syslog_sockets *s, lsp_syslog_line *line, void *arg);

#endif
