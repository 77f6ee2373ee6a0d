#include "find_ids.h"
#include "scratch-buffers.h"

#include <errno.h>
#include <stdatomic.h>

static struct lsp_slice value_of(LogMessage *msg, NVHandle handle)
{
	gssize len = 0;
	const gchar *text = log_msg_get_value_if_set(msg, handle, &len);

	return (struct lsp_slice){ text ? text : "", text ? (gsize)len : 0 };
}

/* Structured data as it is on the wire: the one finder knows all its names. */
static gint find_in_sdata(LogMessage *msg, struct lsp_found *ret)
{
	GString *text = scratch_buffers_alloc();

	log_msg_append_format_sdata(msg, text, 0);
	return lsp_log_text_find((struct lsp_slice){ text->str, text->len }, ret);
}

/* The same in all of the process, once it was asked for. */
static NVHandle journal_handle(gsize which)
{
	static const gchar *const names[] = { ".journald.TRACE_ID", ".journald.SPAN_ID" };
	static _Atomic NVHandle handles[G_N_ELEMENTS(names)];
	NVHandle handle = atomic_load_explicit(&handles[which], memory_order_relaxed);

	if (handle == 0) {
		handle = log_msg_get_value_handle(names[which]);
		atomic_store_explicit(&handles[which], handle, memory_order_relaxed);
	}
	return handle;
}

/* systemd-journal() puts the fields of sd_journal_send() under this prefix. */
static gint find_in_journal(LogMessage *msg, struct lsp_found *ret)
{
	struct lsp_slice id = value_of(msg, journal_handle(0));
	GString *text;

	if (id.len == 0)
		return -ENOENT;
	text = scratch_buffers_alloc();
	g_string_append_len(g_string_assign(text, "trace_id="), id.at, (gssize)id.len);
	id = value_of(msg, journal_handle(1));
	g_string_append_len(g_string_append(text, " span_id="), id.at, (gssize)id.len);
	return lsp_log_text_find((struct lsp_slice){ text->str, text->len }, ret);
}

gint lsp_find_ids(LogMessage *msg, struct lsp_slice line, gboolean whole, struct lsp_found *ret)
{
	gint rc = lsp_log_text_find(line, ret);
	ScratchBuffersMarker marker;

	if (rc != -ENOENT || !whole)
		return rc;
	scratch_buffers_mark(&marker);
	if (msg->num_sdata > 0)
		rc = find_in_sdata(msg, ret);
	if (rc == -ENOENT)
		rc = find_in_journal(msg, ret);
	scratch_buffers_reclaim_marked(marker);
	if (rc == 0)
		ret->stamp = (struct lsp_slice){ "", 0 };
	return rc;
}
