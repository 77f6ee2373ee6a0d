/* Rules on resources: one check for each distinct one. */
#include "rules.h"

#include <errno.h>

#define FORTNIGHT_NS (14ull * 86400 * 1000000000)

/* Two hosts with one service and one instance id. */
static bool is_shared(const struct lsp_lint *l, uint32_t i)
{
	const struct lsp_lint_resource *r = &l->resources[i];
	for (uint32_t j = 0; j < l->resource_bytes.n; j++) {
		const struct lsp_lint_resource *other = &l->resources[j];
		if (other->service == r->service && other->instance == r->instance &&
			other->host != r->host && other->host != LSP_INTERN_NONE &&
			r->host != LSP_INTERN_NONE)
			return true;
	}
	return false;
}

/* "unknown_service" is what SDKs write when nobody has set a name. */
static bool is_named(struct lsp_slice service)
{
	static const char unset[] = "unknown_service";
	return service.len &&
	       (service.len < sizeof(unset) - 1 || memcmp(service.at, unset, sizeof(unset) - 1));
}

static void check(struct lsp_lint *l, uint32_t i)
{
	const struct lsp_lint_resource *r = &l->resources[i];
	const struct lsp_slice none = LSP_SLICE("");
	struct lsp_slice instance = r->instance == LSP_INTERN_NONE
					    ? none
					    : lsp_interns_get(&l->vocabulary.names, r->instance);
	struct lsp_slice service = lsp_interns_get(&l->vocabulary.names, r->service);
	lsp_lint_count(
		l, LSP_RULE_RES_005, r->service, !is_named(service), service, LSP_INTERN_NONE);
	lsp_lint_count(l, LSP_RULE_RES_001, r->service, instance.len == 0, none, LSP_INTERN_NONE);
	if (instance.len)
		lsp_lint_count(l, LSP_RULE_RES_002, r->service, is_shared(l, i), instance,
			LSP_INTERN_NONE);
	if (r->pod)
		lsp_lint_count(l, LSP_RULE_RES_003, r->service, !r->pod_uid, none, LSP_INTERN_NONE);
	lsp_lint_count(l, LSP_RULE_RES_004, r->service, r->misplaced,
		lsp_slice_of(r->misplaced_key), LSP_INTERN_NONE);
	if (r->production)
		lsp_lint_count(l, LSP_RULE_LOG_001, r->service,
			l->debug_service == r->service &&
				l->debug_last_ns - l->debug_first_ns > FORTNIGHT_NS,
			none, LSP_INTERN_NONE);
}

int lsp_lint_check_resources(struct lsp_lint *l)
{
	for (uint32_t i = 0; i < l->resource_bytes.n; i++)
		check(l, i);
	return 0;
}
