/* Contexts that tracers publish in thread-local variables of their own: where those variables are.
 *
 * Found when the process starts, and after each dlopen(); dropped before each dlclose(), and looked
 * for again behind it. A variable of the executable or of a library that it needs, and often that
 * of a library loaded later, lies at one distance from the thread pointer in every thread. Any
 * other is found through the thread's own vector of TLS blocks (the ABI's dtv), which is read and
 * never made: a thread that has no block yet has not published anything either. */
#ifndef LSP_PRELOAD_PUBLISHED_H
#define LSP_PRELOAD_PUBLISHED_H

#include "../lib/core/elastic_context.h"
#include "../lib/core/labels_context.h"
#include "../lib/core/node_context.h"
#include "../lib/core/thread_context.h"

/* In the order of preference: X(id, symbol, reader). A new one is one line and its reader. */
#define LSP_PUBLISHED_TABLE(X)                                                                     \
	X(OTEL, LSP_THREAD_CONTEXT_SYMBOL, lsp_published_otel_read)                                \
	X(NODE, LSP_NODE_CONTEXT_SYMBOL, lsp_published_node_read)                                  \
	X(ELASTIC, LSP_ELASTIC_CONTEXT_SYMBOL, lsp_elastic_context_read)                           \
	X(LABELS, LSP_LABELS_CONTEXT_SYMBOL, lsp_labels_context_read)

enum lsp_published_id {
#define X(id, symbol, read) LSP_PUBLISHED_##id,
	LSP_PUBLISHED_TABLE(X)
#undef X
		LSP_PUBLISHED_N
};

/* Looks through all objects of the process. In the constructor, and where the host itself has just
 * called the loader: may make this thread's block of a variable that is new. Returns whether any
 * variable is known now. */
bool lsp_published_find(void);

/* Forgets variables of libraries that may go away. */
void lsp_published_drop_loaded(void);

/* The first context that is published on this thread. Any thread; async-signal-safe. */
bool lsp_published_read(struct lsp_context *ret);

/* The attributes {number, length, bytes}… of the record that this thread's tracer has published.
 * Returns their bytes; 0 when there are none, or when the record is not the one of c any more. Any
 * thread; async-signal-safe; errno is kept. */
size_t lsp_published_attrs(const struct lsp_context *c, uint8_t ret[LSP_THREAD_ATTRS_MAX]);

/* True when no variable but this one is known. */
bool lsp_published_is_only(enum lsp_published_id id);

/* A variable at one distance from the thread pointer: true with the distance. */
bool lsp_published_is_static(enum lsp_published_id id, intptr_t *ret_offset);

#endif
