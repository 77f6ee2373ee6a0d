#include "process_context.h"
#include "peek.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

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
	bool cut; /* said to be longer than what it lies in */
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
	ret->cut = n > (uint64_t)(end - *at);
	if (ret->cut)
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

/* The attribute of that name in a message of which field `number` is KeyValue{1 key, 2 AnyValue};
 * ret: its AnyValue. */
static bool attribute(
	const uint8_t *at, size_t n, uint64_t number, const char *name, struct field *ret)
{
	const uint8_t *end = at + n;
	struct field pair, key;

	while (next(&at, end, &pair))
		if (pair.number == number && pair.wire == WIRE_BYTES &&
			find(pair.at, pair.n, 1, &key) && key.n == strlen(name) &&
			memcmp(key.at, name, key.n) == 0 && find(pair.at, pair.n, 2, ret))
			return true;
	return false;
}

int lsp_process_context_service(const void *payload, size_t n, char ret[LSP_PROCESS_SERVICE_BYTES])
{
	struct field resource, any, value;

	if (!find(payload, n, 1, &resource) ||
		!attribute(resource.at, resource.n, 1, "service.name", &any) ||
		!find(any.at, any.n, 1, &value) || value.n == 0 || memchr(value.at, 0, value.n))
		return -ENODATA;
	if (value.n > LSP_PROCESS_SERVICE_BYTES - 1)
		value.n = LSP_PROCESS_SERVICE_BYTES - 1;
	memcpy(ret, value.at, value.n);
	ret[value.n] = 0;
	return 0;
}

static bool key_map(const uint8_t *payload, size_t n, struct field *ret)
{
	static const char name[] = "threadlocal.attribute_key_map";
	struct field resource, any;

	if (!attribute(payload, n, 2, name, &any) &&
		!(find(payload, n, 1, &resource) &&
			attribute(resource.at, resource.n, 1, name, &any)))
		return false;
	return find(any.at, any.n, 5, ret); /* AnyValue's ArrayValue{1: AnyValue…} */
}

int lsp_process_context_keys(const void *payload, size_t n, struct lsp_attr_keys *ret)
{
	struct field array, any, name;

	if (!key_map(payload, n, &array))
		return -ENODATA;
	const uint8_t *at = array.at, *end = at + array.n;
	memset(ret, 0, sizeof(*ret));
	while (next(&at, end, &any) && !any.cut) {
		if (any.number != 1 || any.wire != WIRE_BYTES)
			continue;
		/* What is no string has its number all the same. */
		if (!find(any.at, any.n, 1, &name) || name.cut)
			name.n = 0;
		lsp_attr_keys_add(ret, (const char *)name.at, name.n);
	}
	return 0;
}

static bool copy_payload(struct lsp_peek *peek, uint64_t from, char *to, size_t n)
{
	size_t part;

	for (size_t at = 0; at < n; at += part) {
		part = n - at < LSP_PEEK_PAGE_BYTES ? n - at : LSP_PEEK_PAGE_BYTES;
		if (!lsp_peek(peek, from + at, to + at, part))
			return false;
	}
	return true;
}

int lsp_process_context_read(uintptr_t mapping, void *buf, size_t cap)
{
	struct header before, after;
	struct lsp_peek peek = { .n = 0 };

	if (!lsp_peek(&peek, mapping, &before, sizeof(before)) ||
		memcmp(before.signature, LSP_PROCESS_CONTEXT_NAME, sizeof(before.signature)) != 0 ||
		(before.version != 1 && before.version != 2))
		return -EBADMSG;
	if (before.published_ns == 0)
		return -EAGAIN;
	if (before.payload_bytes > cap || before.payload_bytes > LSP_PROCESS_PAYLOAD_BYTES ||
		!copy_payload(&peek, before.payload, buf, before.payload_bytes))
		return -EBADMSG;
	if (!lsp_peek(&peek, mapping, &after, sizeof(after)) ||
		memcmp(&before, &after, sizeof(before)) != 0)
		return -EAGAIN;
	return (int)before.payload_bytes;
}
