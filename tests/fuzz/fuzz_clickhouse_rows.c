/* Rows as a server answers them or as the disk queue holds them, and their way into the exporter's
 * tables: any bytes. */
#include "lib/store/clickhouse/otel.c"
#include "lib/store/clickhouse/otel_type.c"
#include "lib/store/clickhouse/otel_value.c"
#include "lib/store/clickhouse/rows.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[][2] = { { "Timestamp", "DateTime64(3)" },
		{ "TraceId", "String" }, { "Body", "String" }, { "SpanName", "Nullable(String)" },
		{ "Duration", "UInt64" }, { "SpanAttributes", "Map(String, String)" },
		{ "LogAttributes", "Map(String, String)" }, { "StatusMessage", "String" },
		{ "Events.Timestamp", "Array(DateTime)" }, { "Links.TraceId", "Array(String)" },
		{ "Events.Attributes", "Array(Map(LowCardinality(String), String))" } };
	struct lsp_slice rows = { (const char *)data, size };
	struct lsp_otel_type type;

	(void)lsp_otel_parse_type(&type, rows);
	for (int signal = 0; signal < 2; signal++) {
		struct lsp_otel_table t = { .signal = signal };
		struct lsp_buf out;

		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			lsp_otel_learn(&t, lsp_slice_of(columns[i][0]), lsp_slice_of(columns[i][1]),
				LSP_SLICE(""));
		lsp_buf_init(&out, 1 << 20);
		(void)lsp_otel_rows(&out, &t, rows);
		lsp_buf_release(&out);
	}
	return 0;
}
