/* The ring way: records lie in a mapped file of the spool until the sidecar has stored them. */
#include "sink.h"
#include "lib/core/ring.h"

#include <errno.h>

#define RING_BYTES     (4u * 1024 * 1024)
#define ATTR_BYTES_MAX 1024
#define WAIT_US        2000
#define WAIT_MAX_US    (5 * G_USEC_PER_SEC) /* for a sidecar that is away */

struct ring_sink {
	struct lsp_sink super;
	struct lsp_ring ring;
	gchar *dir;
	gint put; /* records of this batch that are in the ring */
	gint again; /* of them, those that syslog-ng gives us a second time */
};

static gboolean wait_for_room(struct ring_sink *s, gboolean all)
{
	gint64 until = g_get_monotonic_time() + WAIT_MAX_US;

	while (all ? !lsp_ring_is_drained(&s->ring) : lsp_ring_room(&s->ring) < RING_BYTES / 4) {
		if (g_get_monotonic_time() > until)
			return FALSE;
		g_usleep(WAIT_US);
	}
	return TRUE;
}

static gint put_line(struct ring_sink *s, const struct lsp_ng_record *r)
{
	uint8_t attrs[ATTR_BYTES_MAX];
	size_t used = 0;
	struct lsp_ring_line line = { .context = &r->context,
		.time_ns = r->time_ns,
		.channel = LSP_CHANNEL_SYSLOG,
		.severity = r->severity,
		.flags = lsp_context_has_trace(&r->context) ? LSP_LOG_STAMPED : 0,
		.text = r->text.at,
		.text_bytes = r->text.len,
		.attrs = attrs };

	/* First: long names must not leave it out. */
	if (r->has_uid)
		(void)lsp_attr_put_string(
			attrs, sizeof(attrs), &used, "log.record.uid", r->uid, sizeof(r->uid));
	(void)lsp_attr_put_string(
		attrs, sizeof(attrs), &used, "service.name", r->service.at, r->service.len);
	(void)lsp_attr_put_string(
		attrs, sizeof(attrs), &used, "host.name", r->host.at, r->host.len);
	if (r->pid)
		(void)lsp_attr_put_int(attrs, sizeof(attrs), &used, "process.pid", r->pid);
	line.attr_bytes = used;
	return lsp_ring_put_line(&s->ring, LSP_RECORD_LOG, &line);
}

static gint put(struct lsp_sink *super, const struct lsp_ng_record *r)
{
	struct ring_sink *s = (struct ring_sink *)super;
	gint rc;

	if (s->again > 0) {
		s->again--;
		return 0;
	}
	rc = put_line(s, r);
	if (rc == -ENOBUFS && wait_for_room(s, FALSE))
		rc = put_line(s, r);
	if (rc == 0) {
		s->put++;
		return 0;
	}
	g_snprintf(super->why, sizeof(super->why),
		"%s: the ring is full: does linespan serve run there?", s->dir);
	s->again = s->put;
	return -EAGAIN;
}

static gint flush(struct lsp_sink *super, gint batch_size)
{
	struct ring_sink *s = (struct ring_sink *)super;

	if (wait_for_room(s, TRUE)) {
		/* A batch may end before all that was put the first time came again. */
		s->put = s->again;
		return 0;
	}
	g_snprintf(super->why, sizeof(super->why),
		"%s: nobody stores what is in the ring: does linespan serve run there?", s->dir);
	s->again = s->put;
	return -EAGAIN;
}

/* What nobody acknowledged stays in the file for the sidecar that comes. */
static void release(struct lsp_sink *super)
{
	struct ring_sink *s = (struct ring_sink *)super;

	lsp_ring_release(&s->ring, s->dir);
	g_free(s->dir);
	g_free(s);
}

static const struct lsp_sink_ops ops = { put, flush, release };

struct lsp_sink *lsp_sink_ring_new(const gchar *dir, gchar why[256])
{
	static const struct lsp_ring_identity id = { .service = "syslog-ng",
		.program = "syslog-ng",
		.writer = "syslog-ng " LINESPAN_VERSION_TEXT };
	struct ring_sink *s = g_new0(struct ring_sink, 1);
	gint rc = lsp_ring_open(&s->ring, dir, RING_BYTES, &id);

	if (rc) {
		g_snprintf(
			why, 256, "path(): %s: cannot keep a ring here: %s", dir, g_strerror(-rc));
		g_free(s);
		return NULL;
	}
	s->super.ops = &ops;
	s->dir = g_strdup(dir);
	return &s->super;
}
