#include "engine.h"

#include <errno.h>
#include <stdio.h>

/* A new engine: one folder, and one line here. */
static const struct lsp_store_engine *const engines[] = { &lsp_store_sqlite,
	&lsp_store_clickhouse };

int lsp_store_open(struct lsp_store **ret, const struct lsp_store_config *config,
	char why[LSP_STORE_WHY_BYTES])
{
	const char *url = config->url ? config->url : "sqlite:";

	for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]); i++) {
		size_t n = strlen(engines[i]->scheme);

		if (strncmp(url, engines[i]->scheme, n) == 0 && url[n] == ':')
			return engines[i]->open(ret, config, url + n + 1, why);
	}
	snprintf(why, LSP_STORE_WHY_BYTES,
		"store \"%s\": no such kind of store; known: sqlite:, clickhouse:", url);
	return -EINVAL;
}

struct lsp_store *lsp_store_free(struct lsp_store *s)
{
	return s ? s->engine->free(s) : NULL;
}

int lsp_store_write(struct lsp_store *s, const struct lsp_batch *b)
{
	return s->engine->write(s, b);
}

int lsp_store_trace(struct lsp_store *s, const struct lsp_trace_key *key, struct lsp_trace **ret)
{
	return s->engine->trace(s, key, ret);
}

int lsp_store_logs(struct lsp_store *s, const struct lsp_log_query *q,
	int (*each)(void *arg, const struct lsp_log *log), void *arg, uint64_t *ret_last_row)
{
	return s->engine->logs(s, q, each, arg, ret_last_row);
}

int lsp_store_search(struct lsp_store *s, const struct lsp_trace_query *q,
	int (*each)(void *arg, const struct lsp_trace_summary *t), void *arg)
{
	return s->engine->search(s, q, each, arg);
}

int lsp_store_scan(struct lsp_store *s, const struct lsp_scan *q)
{
	return s->engine->scan(s, q);
}

int lsp_store_operation(struct lsp_store *s, const struct lsp_operation_query *q,
	int (*each)(void *arg, const struct lsp_span_row *row), void *arg)
{
	return s->engine->operation ? s->engine->operation(s, q, each, arg) : 0;
}

int lsp_store_services(struct lsp_store *s, int (*each)(void *arg, const char *service), void *arg)
{
	return s->engine->services(s, each, arg);
}

int lsp_store_get_stats(struct lsp_store *s, struct lsp_store_stats *ret)
{
	return s->engine->stats(s, ret);
}

uint64_t lsp_store_set_aside(struct lsp_store *s)
{
	return s->engine->set_aside ? s->engine->set_aside(s) : 0;
}

void lsp_store_tick(struct lsp_store *s, uint64_t now_ns)
{
	s->engine->tick(s, now_ns);
}
