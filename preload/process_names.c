/* The names are changed rarely and read by every line, in signal handlers, too: a reader that meets
 * a change goes without. */
#include "process_names.h"

#include "debug.h"
#include "shim.h"
#include "../lib/core/process_context.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

static struct lsp_attr_keys keys;
static _Atomic bool known;
static _Atomic uint32_t changes; /* odd: one is going on */
static char payload[LSP_PROCESS_PAYLOAD_BYTES]; /* during a change */

static void take_service(size_t n)
{
	char service[LSP_PROCESS_SERVICE_BYTES];

	/* Who was named by its operator keeps that name. */
	if (!lsp_shim.settings.service_is_program ||
		lsp_process_context_service(payload, n, service))
		return;
	/* What a forked child's ring will say. */
	memcpy(lsp_shim.settings.service, service, sizeof(service));
	lsp_ring_rename(&lsp_shim.ring, service);
	lsp_debug_fact("service, as the tracer calls it", service);
}

static void take_keys(size_t n)
{
	char text[16];

	if (lsp_process_context_keys(payload, n, &keys))
		return;
	atomic_store_explicit(&known, true, memory_order_relaxed);
	snprintf(text, sizeof(text), "%u", keys.n);
	lsp_debug_fact("names of the tracer's attributes", text);
}

void lsp_process_names_take(uintptr_t mapping)
{
	uint32_t before = atomic_load_explicit(&changes, memory_order_relaxed);
	int n;

	if ((before & 1) || !atomic_compare_exchange_strong(&changes, &before, before + 1))
		return;
	n = lsp_process_context_read(mapping, payload, sizeof(payload));
	if (n > 0) {
		take_service((size_t)n);
		take_keys((size_t)n);
	}
	atomic_store_explicit(&changes, before + 2, memory_order_release);
}

bool lsp_process_names_known(void)
{
	return atomic_load_explicit(&known, memory_order_relaxed);
}

size_t lsp_process_names_attrs(
	const struct lsp_context *c, uint8_t buf[LSP_PROCESS_NAMES_ATTRS_BYTES])
{
	uint8_t attrs[LSP_THREAD_ATTRS_MAX];
	uint32_t before = atomic_load_explicit(&changes, memory_order_acquire);
	size_t n;

	if (before & 1)
		return 0;
	n = lsp_published_attrs(c, attrs);
	n = lsp_attr_keys_put(&keys, attrs, n, buf, LSP_PROCESS_NAMES_ATTRS_BYTES);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&changes, memory_order_relaxed) == before ? n : 0;
}

void lsp_process_names_after_fork(void)
{
	uint32_t before = atomic_load_explicit(&changes, memory_order_relaxed);

	/* The thread that was at it is not in this process. */
	if (before & 1) {
		atomic_store_explicit(&known, false, memory_order_relaxed);
		atomic_store_explicit(&changes, before + 1, memory_order_relaxed);
	}
}
