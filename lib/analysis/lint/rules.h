/* The rules, and what they look at. A new rule is one line in the table and a check that counts for
 * it. */
#ifndef LSP_ANALYSIS_LINT_RULES_H
#define LSP_ANALYSIS_LINT_RULES_H

#include "lint.h"
#include "../window/window.h"

/* Impacts and their weights, as the specification has them. OWN is not part of the score. */
enum lsp_impact {
	LSP_IMPACT_OWN = 0,
	LSP_IMPACT_LOW = 10,
	LSP_IMPACT_NORMAL = 20,
	LSP_IMPACT_IMPORTANT = 30,
	LSP_IMPACT_CRITICAL = 40
};

/* X(id, name, impact, what holds, what to do) */
#define LSP_RULE_TABLE(X)                                                                          \
	X(SPA_001, "SPA-001", NORMAL, "a trace has at most 10 INTERNAL spans of the service",      \
		"leave out spans of inner functions, or sample them; events cost less")            \
	X(SPA_002, "SPA-002", NORMAL, "every parent_span_id names a span that is here",            \
		"check that the parent's exporter runs and that sampling is decided once, at the " \
		"root")                                                                            \
	X(SPA_003, "SPA-003", IMPORTANT, "span names have a bounded number of values",             \
		"name spans by route (GET /users/{id}); put ids into attributes")                  \
	X(SPA_004, "SPA-004", IMPORTANT, "a trace's root is not a CLIENT span",                    \
		"the server or job around the call sends no span: instrument it, or read its "     \
		"inbound context")                                                                 \
	X(SPA_005, "SPA-005", IMPORTANT,                                                           \
		"a trace has at most 20 spans of the service that are shorter than 5 ms",          \
		"batch the work, or leave such spans out")                                         \
	X(LOG_001, "LOG-001", IMPORTANT, "production writes no DEBUG records for over 14 days",    \
		"raise the log level in production")                                               \
	X(LOG_002, "LOG-002", IMPORTANT, "log records have a severity",                            \
		"set severityNumber, or log through a logger that does")                           \
	X(RES_001, "RES-001", NORMAL, "the resource has service.instance.id",                      \
		"set service.instance.id (a UUID for each process)")                               \
	X(RES_002, "RES-002", IMPORTANT, "service.instance.id belongs to one instance only",       \
		"two hosts or pods send the same service.instance.id: make it at start, not at "   \
		"build")                                                                           \
	X(RES_003, "RES-003", IMPORTANT, "a pod's resource has k8s.pod.uid",                       \
		"add k8s.pod.uid (downward API, or the collector's k8sattributes)")                \
	X(RES_004, "RES-004", IMPORTANT,                                                           \
		"attributes are at their level: service.* on the resource, http.* on spans",       \
		"move the attribute: what is the same for all spans of a process belongs to the "  \
		"resource, the rest to spans")                                                     \
	X(RES_005, "RES-005", CRITICAL, "the resource has a service.name",                         \
		"set OTEL_SERVICE_NAME, or linespan run --service")                                \
	X(LOG_TRACE, "LSP-001", OWN, "log records carry a trace id",                               \
		"run the program under `linespan run`; `linespan doctor PID` says why its lines "  \
		"have none")                                                                       \
	X(SPAN_LOG, "LSP-002", OWN, "a span in error has a log record",                            \
		"log the error where it is handled, inside the span")                              \
	X(ERROR_TRACE, "LSP-003", OWN, "log records of severity ERROR carry a trace id",           \
		"errors without ids are found by time only: see `linespan doctor`")                \
	X(LOG_SPAN, "LSP-004", OWN, "the span that a log record names is here",                    \
		"the span was sampled out or its exporter failed: sample logs and traces alike")   \
	X(LOG_TIME, "LSP-005", OWN, "log records lie inside of their span",                        \
		"clocks differ, or the line was written after the span had ended")                 \
	X(NAME, "LSP-006", OWN, "span names say what is done",                                     \
		"name spans METHOD /route, or verb and object; not \"\", \"span\", a URL or an "   \
		"id")                                                                              \
	X(CLIENT_SERVER, "LSP-007", OWN, "a CLIENT call of a service has a SERVER span below it",  \
		"the callee sends no spans or does not read the traceparent header: run it under " \
		"`linespan run`")

enum lsp_rule {
#define X(id, ...) LSP_RULE_##id,
	LSP_RULE_TABLE(X)
#undef X
		LSP_RULE_N
};

#define LSP_LINT_EXAMPLES 3

/* What one rule found in one service. */
struct lsp_lint_cell {
	uint32_t checked, failed;
	uint32_t n_examples, n_traces;
	char examples[LSP_LINT_EXAMPLES][96];
	uint32_t traces[LSP_LINT_EXAMPLES];
};

/* Of a span: kept in lsp_window_span.flags. */
enum { LSP_LINT_DATABASE = 1, LSP_LINT_MISPLACED = 2 };

/* One distinct resource. */
struct lsp_lint_resource {
	uint32_t service;
	uint32_t instance, host; /* names; NONE */
	bool pod, pod_uid, production, misplaced;
	char misplaced_key[48];
};

struct lsp_lint {
	struct lsp_vocabulary vocabulary;
	struct lsp_window window;
	struct lsp_interns resource_bytes;
	struct lsp_lint_resource *resources; /* by number of resource_bytes */
	uint32_t resources_cap;
	char misplaced_key[48]; /* of some span */
	uint64_t debug_first_ns, debug_last_ns; /* of production */
	uint32_t debug_service;
	uint32_t *places; /* of services among the cells, by name; 0: no service, else place + 1 */
	struct lsp_lint_cell *cells; /* by place and rule */
	uint32_t n_places;
};

/* What a rule found in a service that has a place. */
struct lsp_lint_cell *lsp_lint_cell(struct lsp_lint *l, uint32_t service, int rule);
/* Counts one check of a rule. failed: its example's text (NULL: none) and trace (NONE: none). */
void lsp_lint_count(struct lsp_lint *l, enum lsp_rule rule, uint32_t service, bool failed,
	struct lsp_slice example, uint32_t trace);

/* The checks. Each looks at all that was added. Return 0 or -ENOMEM. */
int lsp_lint_check_traces(struct lsp_lint *l); /* SPA-*, RES-004 of spans, LSP-002, 006, 007 */
int lsp_lint_check_names(struct lsp_lint *l); /* SPA-003, LSP-006 */
int lsp_lint_check_logs(struct lsp_lint *l); /* LOG-002, LSP-001, 003, 004, 005 */
int lsp_lint_check_resources(struct lsp_lint *l); /* RES-*, LOG-001 */

#endif
