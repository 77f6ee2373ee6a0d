/* The thread that takes syslog: UDP and TCP at one address, and a Unix datagram socket. Syslog has
 * no acknowledgement; what was read is queued for the writer, and when the queue is full the
 * sockets wait, so that TCP and Unix senders wait, too. */
#ifndef LSP_SIDECAR_INTAKE_SYSLOG_H
#define LSP_SIDECAR_INTAKE_SYSLOG_H

#include "address.h"
#include "twice.h"
#include "writer.h"

struct lsp_syslog_intake;

struct lsp_syslog_config {
	struct lsp_address address; /* port 0: the chosen one is put here */
	bool has_address;
	const char *socket_path; /* NULL: none */
	struct lsp_writer *writer;
	struct lsp_twice *twice;
	struct lsp_serve_counters *counters;
};

/* Listens and starts the thread. Returns 0 or -errno; *ret_what then is "syslog" or
 * "syslog-socket". A socket file that nobody answers at is replaced. */
int lsp_syslog_intake_new(
	struct lsp_syslog_intake **ret, struct lsp_syslog_config *config, const char **ret_what);

/* Reads what is there, queues it, ends the thread and removes the socket file. The writer must
 * still run. NULL is fine; returns NULL. */
struct lsp_syslog_intake *lsp_syslog_intake_free(struct lsp_syslog_intake *s);

#endif
