/* Spans and log records on their way in: what every intake makes and every store takes.
 *
 * The columns that look-ups need are fields; everything else stays in the record's one canonical
 * encoding, the OTLP protobuf message (opentelemetry.proto.trace.v1.Span, logs.v1.LogRecord,
 * resource.v1.Resource, common.v1.InstrumentationScope), so nothing that a sender said is lost and
 * nothing is decoded that nobody asks for. Intakes of other formats encode
 * (lib/wire/otlp_encode.h).
 *
 * Slices point into the batch's memory or into buffers that outlive it. */
#ifndef LSP_MODEL_RECORD_H
#define LSP_MODEL_RECORD_H

#include "../core/context.h"
#include "slice.h"

/* OTLP numbers, as they are on the wire. */
enum lsp_span_kind {
	LSP_KIND_UNSPECIFIED, LSP_KIND_INTERNAL, LSP_KIND_SERVER, LSP_KIND_CLIENT,
	LSP_KIND_PRODUCER, LSP_KIND_CONSUMER
};
enum lsp_status { LSP_STATUS_UNSET, LSP_STATUS_OK, LSP_STATUS_ERROR };

/* By which way a record came. Stored by number: append only. */
#define LSP_INTAKE_TABLE(X)                                                                        \
	X(OTLP, "otlp")                                                                            \
	X(RING, "ring")                                                                            \
	X(SYSLOG, "syslog")                                                                        \
	X(FILE, "file")                                                                            \
	X(ZIPKIN, "zipkin")                                                                        \
	X(JOURNAL, "journal")
enum lsp_intake {
#define X(id, name) LSP_INTAKE_##id,
	LSP_INTAKE_TABLE(X)
#undef X
	LSP_INTAKE_N
};
const char *lsp_intake_name(unsigned intake);

const char *lsp_kind_name(unsigned kind);     /* "internal", "server", …; "unspecified" */
const char *lsp_status_name(unsigned status); /* "unset", "ok", "error" */
/* "TRACE" … "FATAL" for an OpenTelemetry severity number, NULL for 0 and unknown ones. */
const char *lsp_severity_name(unsigned number);
/* The severity number of a word ("warn", "WARNING", "err", "notice", …), 0 when unknown. */
unsigned lsp_severity_of(struct lsp_slice word);
/* The same for what a person asks for: a number from 1 to 24, too. */
unsigned lsp_severity_parse(struct lsp_slice text);

/* Where spans and logs come from; many records share one. */
struct lsp_origin {
	struct lsp_slice service;  /* resource attribute service.name; "" when missing */
	struct lsp_slice resource; /* encoded Resource message; may be empty */
	struct lsp_slice scope;    /* encoded InstrumentationScope; may be empty */
};

struct lsp_span_row {
	uint8_t trace_id[LSP_TRACE_ID_BYTES];
	uint8_t span_id[LSP_SPAN_ID_BYTES];
	uint8_t parent_span_id[LSP_SPAN_ID_BYTES]; /* all zero: a root */
	uint64_t start_ns, end_ns;
	uint8_t kind, status; /* enum lsp_span_kind, enum lsp_status */
	uint8_t intake;
	struct lsp_slice name;
	struct lsp_slice encoded; /* Span message */
	uint32_t origin;          /* index into the batch's origins */
};

enum lsp_row_uid { LSP_ROW_UID_UNKNOWN, LSP_ROW_UID_NONE, LSP_ROW_UID_HAS };

struct lsp_log_row {
	uint8_t trace_id[LSP_TRACE_ID_BYTES]; /* all zero: not correlated */
	uint8_t span_id[LSP_SPAN_ID_BYTES];
	uint64_t time_ns;
	uint8_t severity;       /* OpenTelemetry number, 0 unknown */
	uint8_t intake;         /* enum lsp_intake */
	uint8_t context_source; /* enum lsp_source, NONE when not said */
	uint8_t uid; /* enum lsp_row_uid: whether `encoded` has a log.record.uid */
	uint32_t pid, tid;      /* 0 unknown */
	struct lsp_slice body;    /* as text, for search and display */
	struct lsp_slice encoded; /* LogRecord message */
	uint32_t origin;
};

#endif
