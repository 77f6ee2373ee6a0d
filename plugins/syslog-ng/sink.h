/* Where linespan() puts records: the ring of a spool, or OTLP over HTTP. One sink a worker; used by
 * that worker's thread only. */
#ifndef LSP_SYSLOG_NG_SINK_H
#define LSP_SYSLOG_NG_SINK_H

#include "record.h"

struct lsp_sink;

struct lsp_sink_ops {
	/* Takes one record; it is safe only after flush. Returns 0, 1 when it wants to be flushed
	 * now, or -errno: not taken. */
	gint (*put)(struct lsp_sink *s, const struct lsp_ng_record *r);
	/* Returns 0 when all that was put is acknowledged by the sidecar; -EAGAIN: not now, all
	 * records of the batch will be put again; -EBADMSG: they are refused for good. */
	gint (*flush)(struct lsp_sink *s, gint batch_size);
	void (*free)(struct lsp_sink *s);
};
struct lsp_sink {
	const struct lsp_sink_ops *ops;
	gchar why[256]; /* the last failure, for the log */
};

/* Return NULL with why filled when it cannot be. */
struct lsp_sink *lsp_sink_ring_new(const gchar *dir, gchar why[256]);
struct lsp_sink *lsp_sink_otlp_new(const gchar *url, gchar why[256]);

#endif
