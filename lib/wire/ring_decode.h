/* One ring record → one row. The sizes in a record's body, its texts and its numbers are hostile.
 * */
#ifndef LSP_WIRE_RING_DECODE_H
#define LSP_WIRE_RING_DECODE_H

#include "../model/batch.h"
#include "../model/buf.h"
#include "ring_cursor.h"

/* Memory for encoding that is used again and again. */
struct lsp_ring_scratch {
	struct lsp_buf attrs, message, replaced;
	char host[65]; /* this machine's name; "": not known */
	uint32_t owner; /* of the ring that is being read */
	/* Names for an error record's frames; NULL: they stay as they are. Appends and returns 0,
	 * or leaves out as it is and returns -errno. */
	int (*name_frames)(void *arg, uint32_t owner, struct lsp_slice raw, struct lsp_buf *out);
	void *name_frames_arg;
};
void lsp_ring_scratch_init(struct lsp_ring_scratch *s);
void lsp_ring_scratch_release(struct lsp_ring_scratch *s);

/* Adds the origin that all records of a ring share: service.name, service.instance.id, host.name,
 * process.pid, process.executable.name; the writer as scope. Returns 0 or -ENOMEM. */
int lsp_ring_decode_origin(struct lsp_batch *b, struct lsp_ring_scratch *s,
	const struct lsp_ring_file *f, uint32_t *ret_index);

/* LOG, ERROR and SPAN. Returns 0; -EBADMSG when the record lies about its sizes or a span has no
 * ids (nothing was added); -ENOMEM. */
int lsp_ring_decode_log(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *view);
int lsp_ring_decode_span(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *view);

/* True when a PROCESS_START (or SPAN) is whole and has ids. */
bool lsp_ring_span_is_whole(const struct lsp_ring_common *record, size_t size);

/* The span of a process from its start and its end; end NULL: the owner died without a word, and
 * last_ns is the time of its last sign of life. Returns as above. */
int lsp_ring_decode_process(struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin,
	const struct lsp_ring_view *start, const struct lsp_ring_exit *end, uint64_t last_ns);

#endif
