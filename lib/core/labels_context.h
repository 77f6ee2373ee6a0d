/* The context in custom-labels (polarsignals, v1): a thread's set of labels, of which those named
 * trace_id and span_id hold hexadecimal digits.
 *
 *	custom_labels_current_set (thread-local) → { storage, count, capacity }
 *	storage → labels of 32 bytes { key length, key, value length, value }; key NULL: no label;
 *	          of two with one key the first counts
 *
 * Source: custom-labels, custom-labels-v1.md. A set belongs to its thread.
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_LABELS_CONTEXT_H
#define LSP_CORE_LABELS_CONTEXT_H

#include "context.h"

#define LSP_LABELS_CONTEXT_SYMBOL "custom_labels_current_set"
#define LSP_LABELS_VERSION_SYMBOL "custom_labels_abi_version" /* u32, 1 */
#define LSP_LABELS_MAX            256 /* that are looked at */

/* True with ret filled (source LABELS) when both labels are there and valid: 32 and 16 digits in
 * any case, not zero. False with ret untouched otherwise. */
bool lsp_labels_context_read(const void *slot, struct lsp_context *ret);

#endif
