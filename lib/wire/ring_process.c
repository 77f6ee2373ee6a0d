#include "ring_process.h"

#include <errno.h>
#include <stdlib.h>

void lsp_ring_processes_release(struct lsp_ring_processes *p)
{
	while (p->n)
		free(p->at[--p->n].start);
}

static struct lsp_ring_process *find(struct lsp_ring_processes *p, const struct lsp_context *c)
{
	for (unsigned i = 0; i < p->n; i++)
		if (lsp_context_same(&p->at[i].start->common.context, c))
			return &p->at[i];
	return NULL;
}

int lsp_ring_processes_start(struct lsp_ring_processes *p, const struct lsp_ring_view *view)
{
	if (!lsp_ring_span_is_whole(view->record, view->size))
		return -EBADMSG;
	if (find(p, &view->record->context))
		return 0;
	if (p->n == LSP_RING_PROCESSES_MAX)
		return -ENOSPC;
	struct lsp_ring_span *copy = malloc(view->size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, view->record, view->size);
	p->at[p->n++] = (struct lsp_ring_process){ .start = copy, .size = view->size };
	return 0;
}

/* The start that the file's header keeps, when it was not sent yet, joins the list. */
static int take_kept(struct lsp_ring_processes *p, const struct lsp_ring_file *f)
{
	_Alignas(8) char kept[LSP_RING_START_BYTES_MAX];
	if (f->process_sent || p->kept_sent)
		return 0;
	size_t size = lsp_ring_file_process_start(f, kept);
	if (size == 0)
		return 0;
	struct lsp_ring_view view = { .type = LSP_RECORD_PROCESS_START,
		.size = (uint32_t)size,
		.record = (const struct lsp_ring_common *)(const void *)kept };
	return lsp_ring_processes_start(p, &view) == -ENOMEM ? -ENOMEM : 0;
}

static bool is_kept(const struct lsp_ring_file *f, const struct lsp_context *c)
{
	_Alignas(8) char kept[LSP_RING_START_BYTES_MAX];
	return lsp_ring_file_process_start(f, kept) != 0 &&
	       lsp_context_same(&((const struct lsp_ring_common *)(const void *)kept)->context, c);
}

static int send(struct lsp_ring_processes *p, struct lsp_ring_process *one,
	const struct lsp_ring_file *f, const struct lsp_ring_exit *end, struct lsp_batch *b,
	struct lsp_ring_scratch *s, uint32_t origin)
{
	struct lsp_ring_view view = {
		.type = LSP_RECORD_PROCESS_START, .size = one->size, .record = &one->start->common
	};
	int rc = lsp_ring_decode_process(b, s, origin, &view, end, p->last_ns);
	if (rc == -ENOMEM)
		return rc;
	one->sent = true;
	if (is_kept(f, &one->start->common.context))
		p->kept_sent = true;
	return rc ? rc : 1;
}

int lsp_ring_processes_end(struct lsp_ring_processes *p, const struct lsp_ring_file *f,
	const struct lsp_ring_view *view, struct lsp_batch *b, struct lsp_ring_scratch *s,
	uint32_t origin)
{
	if (view->size < sizeof(struct lsp_ring_exit))
		return -EBADMSG;
	struct lsp_ring_process *one = find(p, &view->record->context);
	if (!one) {
		int rc = take_kept(p, f);
		if (rc)
			return rc;
		one = find(p, &view->record->context);
	}
	if (!one || one->sent)
		return 0;
	return send(p, one, f, (const struct lsp_ring_exit *)view->record, b, s, origin);
}

static struct lsp_ring_process *first_unsent(struct lsp_ring_processes *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!p->at[i].sent)
			return &p->at[i];
	return NULL;
}

bool lsp_ring_processes_pending(struct lsp_ring_processes *p, const struct lsp_ring_file *f)
{
	return take_kept(p, f) == -ENOMEM || first_unsent(p);
}

int lsp_ring_processes_finish(struct lsp_ring_processes *p, const struct lsp_ring_file *f,
	struct lsp_batch *b, struct lsp_ring_scratch *s, uint32_t origin)
{
	struct lsp_ring_exit end;
	struct lsp_ring_process *one;
	int added = 0, rc = take_kept(p, f);
	if (rc)
		return rc;
	bool has_end = lsp_ring_file_process_end(f, &end) != 0;
	while ((one = first_unsent(p))) {
		bool its = has_end &&
			   lsp_context_same(&end.common.context, &one->start->common.context);
		rc = send(p, one, f, its ? &end : NULL, b, s, origin);
		if (rc == -ENOMEM)
			return rc;
		added += rc > 0;
	}
	return added;
}

bool lsp_ring_processes_ack(struct lsp_ring_processes *p)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < p->n; i++) {
		if (p->at[i].sent)
			free(p->at[i].start);
		else
			p->at[kept++] = p->at[i];
	}
	p->n = kept;
	return p->kept_sent;
}

void lsp_ring_processes_rewind(struct lsp_ring_processes *p)
{
	p->kept_sent = false;
	for (unsigned i = 0; i < p->n; i++)
		p->at[i].sent = false;
}
