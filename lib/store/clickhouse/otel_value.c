#include "otel_value.h"

#include "../../wire/otlp_value.h"
#include "../../wire/pb_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct lsp_slice lsp_otel_bytes(struct lsp_slice message, unsigned field)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	struct lsp_slice found = { "", 0 };

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == field && f.wire == LSP_PB_BYTES)
			found = f.bytes;
	return found;
}

uint64_t lsp_otel_number(struct lsp_slice message, unsigned field)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	uint64_t found = 0;

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == field && f.wire != LSP_PB_BYTES)
			found = f.value;
	return found;
}

size_t lsp_otel_count(struct lsp_slice message, unsigned field)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	size_t n = 0;

	while (lsp_pb_next(&p, &f) == 1)
		n += f.number == field && f.wire == LSP_PB_BYTES;
	return n;
}

void lsp_otel_each(struct lsp_slice message, unsigned field,
	void (*each)(void *arg, struct lsp_slice bytes), void *arg)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;

	while (lsp_pb_next(&p, &f) == 1)
		if (f.number == field && f.wire == LSP_PB_BYTES)
			each(arg, f.bytes);
}

static int put_json(struct lsp_buf *out, struct lsp_slice any)
{
	json_t *json = lsp_otlp_value_json(any, 0);
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	size_t n = text ? strlen(text) : 0;
	bool quoted = json_is_string(json) && n >= 2; /* bytes, as base64 */
	int rc;

	if (!text || json_is_null(json))
		n = 0;
	rc = quoted ? lsp_click_put_text(out, (struct lsp_slice){ text + 1, n - 2 })
		    : lsp_click_put_text(out, (struct lsp_slice){ text, n });
	free(text);
	json_decref(json);
	return rc;
}

/* AnyValue{1 string, 2 bool, 3 int, 4 double, 5 array, 6 kvlist, 7 bytes} */
static int put_value(struct lsp_buf *out, struct lsp_slice any)
{
	struct lsp_pb p = lsp_pb_open(any);
	struct lsp_pb_field f;
	char digits[32];

	if (lsp_pb_next(&p, &f) != 1)
		return lsp_click_put_text(out, (struct lsp_slice){ "", 0 });
	if (f.number == 1 && f.wire == LSP_PB_BYTES)
		return lsp_click_put_text(out, f.bytes);
	if (f.number == 2 && f.wire == LSP_PB_VARINT)
		return lsp_click_put_text(out, lsp_slice_of(f.value ? "true" : "false"));
	if (f.number == 3 && f.wire == LSP_PB_VARINT) {
		snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)f.value);
		return lsp_click_put_text(out, lsp_slice_of(digits));
	}
	return put_json(out, any);
}

int lsp_otel_put_map(struct lsp_buf *out, struct lsp_slice message, unsigned field)
{
	struct lsp_pb p = lsp_pb_open(message);
	struct lsp_pb_field f;
	int rc = lsp_click_put_varint(out, lsp_otel_count(message, field));

	while (rc == 0 && lsp_pb_next(&p, &f) == 1) {
		if (f.number != field || f.wire != LSP_PB_BYTES)
			continue;
		rc = lsp_click_put_text(out, lsp_otel_bytes(f.bytes, 1));
		rc = rc ? rc : put_value(out, lsp_otel_bytes(f.bytes, 2));
	}
	return rc;
}
