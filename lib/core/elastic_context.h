/* The context that Elastic's agents publish: elastic_apm_profiling_correlation_tls_v1.
 *
 * A thread-local pointer; NULL, or to this record (byte packed, host byte order):
 *
 *      0         2       3               4       5          21        29               37
 *      +---------+-------+---------------+-------+----------+---------+----------------+
 *      | minor=1 | valid | trace present | flags | trace_id | span_id | transaction_id |
 *      +---------+-------+---------------+-------+----------+---------+----------------+
 *                  not 0 = yes
 *
 * Source: elastic/apm, specs/agents/universal-profiling-integration.md.
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_ELASTIC_CONTEXT_H
#define LSP_CORE_ELASTIC_CONTEXT_H

#include "context.h"

#define LSP_ELASTIC_CONTEXT_SYMBOL "elastic_apm_profiling_correlation_tls_v1"

/* Reads the record behind this thread's slot. True with ret filled (source ELASTIC) when it is
 * valid, present and has both ids; false with ret untouched otherwise. */
bool lsp_elastic_context_read(const void *slot, struct lsp_context *ret);

#endif
