/* What an engine implements: the functions of store.h, by name. store.c only dispatches. */
#ifndef LSP_STORE_ENGINE_H
#define LSP_STORE_ENGINE_H

#include "store.h"

struct lsp_store_engine {
	const char *scheme; /* "sqlite" */
	int (*open)(struct lsp_store **ret, const struct lsp_store_config *config, const char *rest,
		char why[LSP_STORE_WHY_BYTES]);
	struct lsp_store *(*free)(struct lsp_store *s);
	int (*write)(struct lsp_store *s, const struct lsp_batch *b);
	int (*trace)(struct lsp_store *s, const struct lsp_trace_key *key, struct lsp_trace **ret);
	int (*logs)(struct lsp_store *s, const struct lsp_log_query *q,
		int (*each)(void *arg, const struct lsp_log *log), void *arg,
		uint64_t *ret_last_row);
	int (*search)(struct lsp_store *s, const struct lsp_trace_query *q,
		int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg);
	int (*scan)(struct lsp_store *s, const struct lsp_scan *q);
	int (*operation)(struct lsp_store *s, const struct lsp_operation_query *q,
		int (*each)(void *arg, const struct lsp_span_row *row), void *arg); /* or NULL */
	int (*services)(struct lsp_store *s, int (*each)(void *arg, const char *service),
		void *arg);
	int (*stats)(struct lsp_store *s, struct lsp_store_stats *ret);
	uint64_t (*set_aside)(struct lsp_store *s); /* or NULL */
	void (*tick)(struct lsp_store *s, uint64_t now_ns);
};

/* Every store begins with this. */
struct lsp_store {
	const struct lsp_store_engine *engine;
};

extern const struct lsp_store_engine lsp_store_sqlite, lsp_store_clickhouse;

#endif
