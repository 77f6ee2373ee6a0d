#include "otlp_json_schema.h"

#define END                                                                                        \
	{                                                                                          \
		NULL, 0, 0, NULL                                                                   \
	}

static const struct lsp_json_message any_value, key_value;

static const struct lsp_json_field array_fields[] = { { "values", 1, LSP_JSON_LIST, &any_value },
	END };
static const struct lsp_json_message array_value = { "arrayValue", array_fields };

static const struct lsp_json_field kvlist_fields[] = { { "values", 1, LSP_JSON_LIST, &key_value },
	END };
static const struct lsp_json_message kvlist_value = { "kvlistValue", kvlist_fields };

static const struct lsp_json_field any_fields[] = { { "stringValue", 1, LSP_JSON_STRING, NULL },
	{ "boolValue", 2, LSP_JSON_BOOL, NULL }, { "intValue", 3, LSP_JSON_INT, NULL },
	{ "doubleValue", 4, LSP_JSON_DOUBLE, NULL },
	{ "arrayValue", 5, LSP_JSON_MESSAGE, &array_value },
	{ "kvlistValue", 6, LSP_JSON_MESSAGE, &kvlist_value },
	{ "bytesValue", 7, LSP_JSON_BASE64, NULL }, END };
static const struct lsp_json_message any_value = { "value", any_fields };

static const struct lsp_json_field key_value_fields[] = { { "key", 1, LSP_JSON_STRING, NULL },
	{ "value", 2, LSP_JSON_MESSAGE, &any_value }, END };
static const struct lsp_json_message key_value = { "attributes", key_value_fields };

static const struct lsp_json_field resource_fields[] = { { "attributes", 1, LSP_JSON_LIST,
								 &key_value },
	{ "droppedAttributesCount", 2, LSP_JSON_UINT, NULL }, END };
const struct lsp_json_message lsp_json_resource = { "resource", resource_fields };

static const struct lsp_json_field scope_fields[] = { { "name", 1, LSP_JSON_STRING, NULL },
	{ "version", 2, LSP_JSON_STRING, NULL }, { "attributes", 3, LSP_JSON_LIST, &key_value },
	{ "droppedAttributesCount", 4, LSP_JSON_UINT, NULL }, END };
const struct lsp_json_message lsp_json_scope = { "scope", scope_fields };

static const struct lsp_json_field event_fields[] = { { "timeUnixNano", 1, LSP_JSON_FIXED64, NULL },
	{ "name", 2, LSP_JSON_STRING, NULL }, { "attributes", 3, LSP_JSON_LIST, &key_value },
	{ "droppedAttributesCount", 4, LSP_JSON_UINT, NULL }, END };
static const struct lsp_json_message event = { "events", event_fields };

static const struct lsp_json_field link_fields[] = { { "traceId", 1, LSP_JSON_HEX, NULL },
	{ "spanId", 2, LSP_JSON_HEX, NULL }, { "traceState", 3, LSP_JSON_STRING, NULL },
	{ "attributes", 4, LSP_JSON_LIST, &key_value },
	{ "droppedAttributesCount", 5, LSP_JSON_UINT, NULL },
	{ "flags", 6, LSP_JSON_FIXED32, NULL }, END };
static const struct lsp_json_message link = { "links", link_fields };

static const struct lsp_json_field status_fields[] = { { "message", 2, LSP_JSON_STRING, NULL },
	{ "code", 3, LSP_JSON_ENUM, NULL }, END };
static const struct lsp_json_message status = { "status", status_fields };

static const struct lsp_json_field span_fields[] = { { "traceId", 1, LSP_JSON_HEX, NULL },
	{ "spanId", 2, LSP_JSON_HEX, NULL }, { "traceState", 3, LSP_JSON_STRING, NULL },
	{ "parentSpanId", 4, LSP_JSON_HEX, NULL }, { "name", 5, LSP_JSON_STRING, NULL },
	{ "kind", 6, LSP_JSON_ENUM, NULL }, { "startTimeUnixNano", 7, LSP_JSON_FIXED64, NULL },
	{ "endTimeUnixNano", 8, LSP_JSON_FIXED64, NULL },
	{ "attributes", 9, LSP_JSON_LIST, &key_value },
	{ "droppedAttributesCount", 10, LSP_JSON_UINT, NULL },
	{ "events", 11, LSP_JSON_LIST, &event }, { "droppedEventsCount", 12, LSP_JSON_UINT, NULL },
	{ "links", 13, LSP_JSON_LIST, &link }, { "droppedLinksCount", 14, LSP_JSON_UINT, NULL },
	{ "status", 15, LSP_JSON_MESSAGE, &status }, { "flags", 16, LSP_JSON_FIXED32, NULL }, END };
const struct lsp_json_message lsp_json_span = { "span", span_fields };

static const struct lsp_json_field log_fields[] = { { "timeUnixNano", 1, LSP_JSON_LOG_TIME, NULL },
	{ "severityNumber", 2, LSP_JSON_ENUM, NULL }, { "severityText", 3, LSP_JSON_STRING, NULL },
	{ "body", 5, LSP_JSON_MESSAGE, &any_value }, { "attributes", 6, LSP_JSON_LIST, &key_value },
	{ "droppedAttributesCount", 7, LSP_JSON_UINT, NULL },
	{ "flags", 8, LSP_JSON_FIXED32, NULL }, { "traceId", 9, LSP_JSON_HEX, NULL },
	{ "spanId", 10, LSP_JSON_HEX, NULL },
	{ "observedTimeUnixNano", 11, LSP_JSON_LOG_TIME, NULL },
	{ "eventName", 12, LSP_JSON_STRING, NULL }, END };
const struct lsp_json_message lsp_json_log_record = { "logRecord", log_fields };
