/* What is wrong with spans and log records that come by OTLP, counted by kind, and the sentences
 * that their sender gets as partial_success. Private to lib/wire.
 *
 * Senders print them as warnings, once a request. So a kind is here only when something is lost or
 * shown wrongly that who runs the sender can change. */
#ifndef LSP_WIRE_OTLP_FINDINGS_H
#define LSP_WIRE_OTLP_FINDINGS_H

#include "otlp_proto.h"

/* Kind, what one does, what several do, and what to do about it; NULL where the id is named that is
 * wrong. In the order in which they are said. */
#define LSP_OTLP_FINDINGS(X)                                                                       \
	X(SPAN_REJECTED, "is rejected", "are rejected", NULL)                                      \
	X(LOG_UNCORRELATED, "is kept without ids", "are kept without ids", NULL)                   \
	X(LOG_SPANLESS, "is kept without its span", "are kept without their spans", NULL)          \
	X(LOG_TRACELESS, "has a span_id but no trace_id", "have a span_id but no trace_id",        \
		"kept without ids, set both")                                                      \
	X(PARENT_BAD, "is kept as a root", "are kept as roots", NULL)                              \
	X(PARENT_SELF, "is its own parent", "are their own parents",                               \
		"shown without parent, send the id of the caller's span")                          \
	X(NO_START, "has no start time", "have no start time", "shown at 1970, set it")            \
	X(NO_END, "has no end time", "have no end time", "shown without duration, set it")         \
	X(ENDS_EARLY, "ends before it starts", "end before they start",                            \
		"shown without duration, measure it by a monotonic clock")                         \
	X(LOG_NO_TIME, "has no time", "have no time",                                              \
		"dated by arrival, set time or observed time")                                     \
	X(OLD, "is dated before 2000", "are dated before 2000",                                    \
		"send times as nanoseconds since 1970")                                            \
	X(NO_SERVICE, "has no service.name", "have no service.name",                               \
		"set OTEL_SERVICE_NAME or this resource attribute")                                \
	X(NO_NAME, "has no name", "have no name", "name spans by what they do")                    \
	X(SPAN_DROPPED, "lost attributes, events or links in the sender",                          \
		"lost attributes, events or links in the sender",                                  \
		"raise its OTEL_SPAN_*_COUNT_LIMIT")                                               \
	X(LOG_DROPPED, "lost attributes in the sender", "lost attributes in the sender",           \
		"raise its OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT")

enum lsp_otlp_finding {
#define X(id, one, many, advice) LSP_OTLP_##id,
	LSP_OTLP_FINDINGS(X)
#undef X
	LSP_OTLP_FINDINGS_N
};

/* Ids that were given, but could not be read (JSON that is no hex): they are not in the message. */
enum { LSP_OTLP_TRACE_UNREAD = 1, LSP_OTLP_SPAN_UNREAD = 2, LSP_OTLP_PARENT_UNREAD = 4 };

/* An id of len bytes, not want; or all zero (len == want); or one that could not be read. */
void lsp_otlp_find_bad_id(struct lsp_otlp_result *r, enum lsp_otlp_finding kind, const char *id,
	size_t len, size_t want, bool unread);

/* What is wrong with a row that is complete. dropped: the sum of its dropped_…_count; traceless: a
 * log's span_id is set, its trace_id is not. */
void lsp_otlp_judge_span(struct lsp_otlp_result *r, const struct lsp_span_row *row,
	const struct lsp_origin *origin, uint64_t dropped);
void lsp_otlp_judge_log(struct lsp_otlp_result *r, const struct lsp_log_row *row,
	const struct lsp_origin *origin, uint64_t dropped, bool traceless);

/* Writes r->message from what was found; "" when that is nothing. what: "spans", "log records". */
void lsp_otlp_findings_say(struct lsp_otlp_result *r, const char *what);

#endif
