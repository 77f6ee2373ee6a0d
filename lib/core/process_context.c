#include "process_context.h"
#include "peek.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define PAYLOAD_BYTES 4096 /* of a longer one the rest is not looked at */

struct header {
	char signature[8];
	uint32_t version, payload_bytes;
	uint64_t published_ns, payload;
};
_Static_assert(sizeof(struct header) == 32, "process context");

/* ---- protobuf, as far as it is needed -------------------------------------------------------- */

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct field {
	uint64_t number;
	unsigned wire;
	const uint8_t *at; /* of WIRE_BYTES */
	size_t n;
};

static bool varint(const uint8_t **at, const uint8_t *end, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		uint8_t byte = *(*at)++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool next(const uint8_t **at, const uint8_t *end, struct field *ret)
{
	uint64_t tag, n;

	if (!varint(at, end, &tag))
		return false;
	ret->number = tag >> 3;
	ret->wire = tag & 7;
	switch (ret->wire) {
	case WIRE_VARINT:
		return varint(at, end, &n);
	case WIRE_64:
		n = 8;
		break;
	case WIRE_32:
		n = 4;
		break;
	case WIRE_BYTES:
		if (!varint(at, end, &n))
			return false;
		break;
	default:
		return false;
	}
	/* What was cut off at the end of the copy: the part that is there. */
	if (n > (uint64_t)(end - *at))
		n = (uint64_t)(end - *at);
	ret->at = *at;
	ret->n = (size_t)n;
	*at += n;
	return true;
}

/* The first field of that number that holds bytes. */
static bool find(const uint8_t *at, size_t n, uint64_t number, struct field *ret)
{
	const uint8_t *end = at + n;

	while (next(&at, end, ret))
		if (ret->number == number && ret->wire == WIRE_BYTES)
			return true;
	return false;
}

/* ---- the context ----------------------------------------------------------------------------- */

static bool is_service(const struct field *attribute, struct field *ret_value)
{
	static const char name[] = "service.name";
	struct field key, any;

	return find(attribute->at, attribute->n, 1, &key) && key.n == sizeof(name) - 1 &&
	       memcmp(key.at, name, key.n) == 0 && find(attribute->at, attribute->n, 2, &any) &&
	       find(any.at, any.n, 1, ret_value) && ret_value->n > 0;
}

int lsp_process_context_service(const void *payload, size_t n, char ret[LSP_PROCESS_SERVICE_BYTES])
{
	struct field resource, attribute, value;

	if (!find(payload, n, 1, &resource))
		return -ENODATA;
	const uint8_t *at = resource.at, *end = at + resource.n;
	while (next(&at, end, &attribute)) {
		if (attribute.number != 1 || attribute.wire != WIRE_BYTES ||
			!is_service(&attribute, &value))
			continue;
		if (memchr(value.at, 0, value.n))
			return -ENODATA;
		if (value.n > LSP_PROCESS_SERVICE_BYTES - 1)
			value.n = LSP_PROCESS_SERVICE_BYTES - 1;
		memcpy(ret, value.at, value.n);
		ret[value.n] = 0;
		return 0;
	}
	return -ENODATA;
}

int lsp_process_context_read(uintptr_t mapping, char ret[LSP_PROCESS_SERVICE_BYTES])
{
	struct header before, after;
	struct lsp_peek peek = { .n = 0 };
	char payload[PAYLOAD_BYTES], service[LSP_PROCESS_SERVICE_BYTES];
	size_t n;
	int rc;

	if (!lsp_peek(&peek, mapping, &before, sizeof(before)) ||
		memcmp(before.signature, LSP_PROCESS_CONTEXT_NAME, sizeof(before.signature)) != 0 ||
		(before.version != 1 && before.version != 2))
		return -EBADMSG;
	if (before.published_ns == 0)
		return -EAGAIN;
	n = before.payload_bytes < sizeof(payload) ? before.payload_bytes : sizeof(payload);
	if (!lsp_peek(&peek, before.payload, payload, n))
		return -EBADMSG;
	if (!lsp_peek(&peek, mapping, &after, sizeof(after)) ||
		memcmp(&before, &after, sizeof(before)) != 0)
		return -EAGAIN;
	rc = lsp_process_context_service(payload, n, service);
	if (rc == 0)
		memcpy(ret, service, sizeof(service));
	return rc;
}
