#include "find_ids.h"
#include "scratch-buffers.h"

#include <errno.h>

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

/* systemd-journal() puts the fields of sd_journal_send() under this prefix. */
static gint find_in_journal(LogMessage *msg, struct lsp_found *ret)
{
	struct lsp_slice id = value_of(msg, LOG_MSG_GET_VALUE_HANDLE_STATIC(".journald.TRACE_ID"));
	GString *text;

	if (id.len == 0)
		return -ENOENT;
	text = scratch_buffers_alloc();
	g_string_append_len(g_string_assign(text, "trace_id="), id.at, (gssize)id.len);
	id = value_of(msg, LOG_MSG_GET_VALUE_HANDLE_STATIC(".journald.SPAN_ID"));
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
