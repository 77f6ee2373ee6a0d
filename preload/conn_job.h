/* Jobs: payloads that a program reads from a queue, and that carry a traceparent as text (a JSON
 * member, a header, a field of a Redis list's entry). The payload is only read, never changed.
 *
 * A job lasts until its connection asks for the next one in the same words, or until something else
 * than a short reply comes in on it. All calls keep errno. */
#ifndef LSP_PRELOAD_CONN_JOB_H
#define LSP_PRELOAD_CONN_JOB_H

#include "conn_table.h"

/* Bytes came in on a bound connection that does not speak HTTP. */
void lsp_job_received(struct lsp_conn *c, const struct iovec *iov, int n, size_t received);

/* Bytes went out on it. */
void lsp_job_sent(struct lsp_conn *c, const struct iovec *iov, int n);

/* The job is over, if one is open: its span is sent. */
void lsp_job_end(struct lsp_conn *c);

#endif
