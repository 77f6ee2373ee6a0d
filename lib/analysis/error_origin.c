#include "error_origin.h"
#include "critical_path.h"

#include <errno.h>
#include <stdlib.h>

#define SEVERITY_ERROR 17
#define SILENT_MAX     32 /* levels: a chain of errors without words costs no square */

const char *lsp_error_role_name(enum lsp_error_role role)
{
	static const char *const names[] = { NULL, "origin", "propagated", "absorbed", "remapped" };
	return names[role];
}

const char *lsp_error_message(const struct lsp_span *s)
{
	static const char *const of_event[] = { "exception.message", "exception.type" };
	size_t k;
	json_t *event;
	if (s->status_message && *s->status_message)
		return s->status_message;
	json_array_foreach(s->events, k, event)
	{
		const json_t *a = json_object_get(event, "attributes");
		for (size_t i = 0; i < 2; i++) {
			const char *text = json_string_value(json_object_get(a, of_event[i]));
			if (text && *text)
				return text;
		}
	}
	const char *type = json_string_value(json_object_get(s->attributes, "error.type"));
	return type ? type : "";
}

static bool differs(const json_t *a, const json_t *b)
{
	return a && b && !json_equal(a, b);
}

static const char *const codes[] = { "http.response.status_code", "http.status_code",
	"rpc.grpc.status_code", "error.type" };
#define N_CODES (sizeof(codes) / sizeof(codes[0]))

/* The cause's error in other words. What one of the two does not say makes no difference. */
static bool is_remapped(const struct lsp_span *s, const struct lsp_span *cause)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (differs(json_object_get(s->attributes, codes[i]),
			    json_object_get(cause->attributes, codes[i])))
			return true;
	const char *a = s->status_message, *b = cause->status_message;
	return a && b && *a && *b && strcmp(a, b) != 0;
}

static bool says_nothing(const struct lsp_span *s)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (json_object_get(s->attributes, codes[i]))
			return false;
	return !s->status_message || !*s->status_message;
}

/* Of two errors below one span: of two at once the first to fail takes the other along; of two in
 * a row the first was survived. */
static size_t likelier(const struct lsp_span *spans, size_t a, size_t b)
{
	if (a == LSP_TREE_NONE || b == LSP_TREE_NONE)
		return a == LSP_TREE_NONE ? b : a;
	const struct lsp_span *first = &spans[a], *second = &spans[b];
	bool at_once = second->start_ns < first->end_ns && first->start_ns < second->end_ns;
	bool a_ends_first = first->end_ns <= second->end_ns;
	return at_once == a_ends_first ? a : b;
}

static bool in_error(const struct lsp_span *s)
{
	return s->status == LSP_STATUS_ERROR;
}

/* Does an error of span i become one of a span above? above[] of its parent is known. */
static bool goes_on(const struct lsp_tree *t, const size_t *above, size_t i)
{
	size_t parent = t->nodes[i].parent;
	if (parent == LSP_TREE_NONE)
		return false;
	unsigned status = t->trace->spans[parent].status;
	return status == LSP_STATUS_ERROR || (status == LSP_STATUS_UNSET && above[parent]);
}

/* A span without words hands on those of the error below it. */
static bool changed_words(const struct lsp_tree *t, const size_t *cause, size_t i)
{
	const struct lsp_span *spans = t->trace->spans;
	size_t looked = 0;
	if (says_nothing(&spans[i]))
		return false;
	for (size_t c = cause[i]; c != LSP_TREE_NONE && looked < SILENT_MAX; c = cause[c]) {
		looked++;
		if (is_remapped(&spans[i], &spans[c]))
			return true;
		if (spans[c].status_message && *spans[c].status_message)
			return false;
	}
	return false;
}

static enum lsp_error_role role_of(
	const struct lsp_tree *t, const size_t *cause, const size_t *above, size_t i)
{
	size_t parent = t->nodes[i].parent;
	if (cause[i] == LSP_TREE_NONE)
		return LSP_ERROR_ORIGIN;
	if (parent != LSP_TREE_NONE && !above[i])
		return LSP_ERROR_ABSORBED;
	return changed_words(t, cause, i) ? LSP_ERROR_REMAPPED : LSP_ERROR_PROPAGATED;
}

static size_t find_origin(
	const struct lsp_tree *t, const size_t *cause, const size_t *reaches, const uint8_t *roles)
{
	size_t at = lsp_main_root(t);
	if (at != LSP_TREE_NONE)
		at = reaches[at];
	while (at != LSP_TREE_NONE && cause[at] != LSP_TREE_NONE)
		at = cause[at];
	if (at != LSP_TREE_NONE)
		return at;
	for (size_t i = 0; i < t->trace->n_spans; i++)
		if (roles[i] == LSP_ERROR_ORIGIN &&
			(at == LSP_TREE_NONE ||
				t->trace->spans[i].start_ns < t->trace->spans[at].start_ns))
			at = i;
	return at;
}

int lsp_error_roles(const struct lsp_tree *t, uint8_t *roles, size_t *ret_origin)
{
	const struct lsp_span *spans = t->trace->spans;
	size_t n = t->trace->n_spans;
	/* cause[i]: the error below that explains i's; reaches[i]: what i passes upwards. */
	size_t *cause = malloc((3 * n + 1) * sizeof(*cause));
	size_t *reaches, *above;
	if (!cause)
		return -ENOMEM;
	reaches = cause + n;
	above = reaches + n;
	for (size_t i = 0; i < 2 * n; i++)
		cause[i] = LSP_TREE_NONE;
	for (size_t k = n; k-- > 0;) {
		size_t i = t->order[k], parent = t->nodes[i].parent;
		if (in_error(&spans[i]))
			reaches[i] = i;
		else if (spans[i].status == LSP_STATUS_UNSET)
			reaches[i] = cause[i];
		if (parent != LSP_TREE_NONE)
			cause[parent] = likelier(spans, cause[parent], reaches[i]);
	}
	for (size_t k = 0; k < n; k++) {
		size_t i = t->order[k];
		above[i] = goes_on(t, above, i);
		roles[i] =
			in_error(&spans[i]) ? (uint8_t)role_of(t, cause, above, i) : LSP_ERROR_NONE;
	}
	if (ret_origin)
		*ret_origin = find_origin(t, cause, reaches, roles);
	free(cause);
	return 0;
}

size_t lsp_first_error_log(const struct lsp_tree *t, size_t span)
{
	const struct lsp_log *logs = t->trace->logs;
	size_t best = LSP_TREE_NONE, i = span;
	while (i != LSP_TREE_NONE) {
		const struct lsp_tree_node *node = &t->nodes[i];
		for (size_t k = 0; k < node->n_logs; k++) {
			size_t log = t->logs_by_span[node->first_log + k];
			if (logs[log].severity >= SEVERITY_ERROR &&
				(best == LSP_TREE_NONE || logs[log].time_ns < logs[best].time_ns))
				best = log;
		}
		if (node->first_child != LSP_TREE_NONE) {
			i = node->first_child;
			continue;
		}
		while (i != span && t->nodes[i].next_sibling == LSP_TREE_NONE)
			i = t->nodes[i].parent;
		i = i == span ? LSP_TREE_NONE : t->nodes[i].next_sibling;
	}
	return best;
}
