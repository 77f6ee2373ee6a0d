/* A cursor over one protobuf message: field by field, no copy. Private to lib/wire. */
#ifndef LSP_WIRE_PB_READER_H
#define LSP_WIRE_PB_READER_H

#include "../model/slice.h"
#include <errno.h>

enum lsp_pb_wire { LSP_PB_VARINT = 0, LSP_PB_FIXED64 = 1, LSP_PB_BYTES = 2, LSP_PB_FIXED32 = 5 };

struct lsp_pb {
	const uint8_t *at, *end;
};

struct lsp_pb_field {
	uint32_t number;
	uint8_t wire;
	uint64_t value;         /* VARINT, FIXED64, FIXED32 */
	struct lsp_slice bytes; /* BYTES */
};

static inline struct lsp_pb lsp_pb_open(struct lsp_slice message)
{
	const uint8_t *at = (const uint8_t *)message.at;

	return (struct lsp_pb){ at, at ? at + message.len : at };
}

/* bytes_max: 10 for 64 bits; 5 for tags and lengths, as protobuf's own readers have it. */
static inline bool lsp_pb_take_varint(struct lsp_pb *p, unsigned bytes_max, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 7 * bytes_max && p->at < p->end; shift += 7) {
		uint8_t byte = *p->at++;

		if (shift == 63 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* Returns 1 with the next field, 0 at the end, -EBADMSG when what follows is none. */
static inline int lsp_pb_next(struct lsp_pb *p, struct lsp_pb_field *f)
{
	uint64_t tag, size;

	if (p->at == p->end)
		return 0;
	if (!lsp_pb_take_varint(p, 5, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return -EBADMSG;
	f->number = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
	switch (f->wire) {
	case LSP_PB_VARINT:
		return lsp_pb_take_varint(p, 10, &f->value) ? 1 : -EBADMSG;
	case LSP_PB_FIXED64:
		if (p->end - p->at < 8)
			return -EBADMSG;
		memcpy(&f->value, p->at, 8);
		p->at += 8;
		return 1;
	case LSP_PB_FIXED32: {
		uint32_t value;

		if (p->end - p->at < 4)
			return -EBADMSG;
		memcpy(&value, p->at, 4);
		f->value = value;
		p->at += 4;
		return 1;
	}
	case LSP_PB_BYTES:
		if (!lsp_pb_take_varint(p, 5, &size) || size > (uint64_t)(p->end - p->at))
			return -EBADMSG;
		f->bytes = (struct lsp_slice){ (const char *)p->at, (size_t)size };
		p->at += size;
		return 1;
	default:
		return -EBADMSG; /* groups are not part of proto3 */
	}
}

#endif
