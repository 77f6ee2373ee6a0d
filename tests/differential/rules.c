#include "differential.h"

#include <stdlib.h>
#include <string.h>

#define LEVELS_MAX 100

struct field {
	uint32_t number;
	unsigned wire;
	const uint8_t *at; /* of a block: its content */
	size_t n;
	const uint8_t *begin, *end; /* with its tag */
};

static bool take_varint(const uint8_t **at, const uint8_t *end, unsigned bytes_max, uint64_t *ret)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bytes_max && *at < end; i++) {
		uint8_t byte = *(*at)++;
		if (i == 9 && byte > 1)
			return false;
		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte < 0x80) {
			*ret = value;
			return true;
		}
	}
	return false;
}

static bool take_field(const uint8_t *at, const uint8_t *end, struct field *ret)
{
	uint64_t tag, size;
	ret->begin = at;
	if (!take_varint(&at, end, 5, &tag) || tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return false;
	ret->number = (uint32_t)(tag >> 3);
	ret->wire = (unsigned)tag & 7;
	switch (ret->wire) {
	case 0:
		if (!take_varint(&at, end, 10, &size))
			return false;
		ret->end = at;
		return true;
	case 1:
		size = 8;
		break;
	case 2:
		if (!take_varint(&at, end, 5, &size))
			return false;
		break;
	case 5:
		size = 4;
		break;
	default:
		return false;
	}
	if (size > (uint64_t)(end - at))
		return false;
	ret->at = at;
	ret->n = (size_t)size;
	ret->end = at + size;
	return true;
}

static unsigned wire_of(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
	case PROTOBUF_C_TYPE_BYTES:
		return 2;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 1;
	case PROTOBUF_C_TYPE_FIXED32:
		return 5;
	default:
		return 0;
	}
}

/* ---- a message in parts ---------------------------------------------------------------------- */

/* A field that is kept: as it is, or the content of a message, of all its parts. */
struct kept {
	const ProtobufCFieldDescriptor *known;
	struct bytes content; /* of a message */
	unsigned parts;
	const uint8_t *begin;
	size_t n;
};

struct fields {
	struct kept *at;
	size_t n;
};

static bool is_oneof(const ProtobufCFieldDescriptor *f)
{
	return f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

static struct kept *add(struct fields *all, const ProtobufCFieldDescriptor *known)
{
	all->at = realloc(all->at, (all->n + 1) * sizeof(*all->at));
	if (!all->at)
		abort();
	all->at[all->n] = (struct kept){ .known = known };
	return &all->at[all->n++];
}

static bool is_right(const uint8_t *at, size_t n, const ProtobufCMessageDescriptor *type, int depth)
{
	struct bytes part = { 0 };
	bool ok = apply_rules(&part, at, n, type, depth + 1);
	free(part.at);
	return ok;
}

/* A message that is not repeated goes on where its last part ended; another member of a oneof puts
 * an end to those before. */
static struct kept *place(
	struct fields *all, const ProtobufCFieldDescriptor *known, int depth, bool *ok)
{
	bool is_message = known->type == PROTOBUF_C_TYPE_MESSAGE;
	for (size_t i = 0; i < all->n; i++) {
		struct kept *k = &all->at[i];
		bool again = k->known == known && is_message &&
			     known->label != PROTOBUF_C_LABEL_REPEATED;
		if (again)
			return k;
		if (is_oneof(k->known) && is_oneof(known)) {
			if (k->parts == 1)
				*ok = is_right(
					k->content.at, k->content.n, k->known->descriptor, depth);
			free(k->content.at);
			*k = (struct kept){ .known = known };
			return k;
		}
	}
	return add(all, known);
}

static bool keep(
	struct fields *all, const struct field *f, const ProtobufCFieldDescriptor *known, int depth)
{
	bool ok = true;
	struct kept *k = place(all, known, depth, &ok);
	if (known->type == PROTOBUF_C_TYPE_MESSAGE) {
		/* One part is looked at in put_all(), several each by itself, too: what is cut in
		 * one must not be completed by the next. */
		if (k->parts++ == 1)
			ok = is_right(k->content.at, k->content.n, known->descriptor, depth);
		if (k->parts > 1)
			ok = ok && is_right(f->at, f->n, known->descriptor, depth);
		put(&k->content, f->at, f->n);
		return ok;
	}
	k->begin = f->begin;
	k->n = (size_t)(f->end - f->begin);
	return ok;
}

static bool put_all(struct bytes *out, const struct fields *all, int depth)
{
	bool ok = true;
	for (size_t i = 0; ok && i < all->n; i++) {
		const struct kept *k = &all->at[i];
		struct bytes inner = { 0 };
		if (k->known->type != PROTOBUF_C_TYPE_MESSAGE) {
			put(out, k->begin, k->n);
			continue;
		}
		ok = apply_rules(
			&inner, k->content.at, k->content.n, k->known->descriptor, depth + 1);
		put_varint(out, (uint64_t)k->known->id << 3 | 2, 0);
		put_varint(out, inner.n, 0);
		put(out, inner.at, inner.n);
		free(inner.at);
	}
	return ok;
}

static bool take_all(struct fields *all, const uint8_t *at, const uint8_t *end,
	const ProtobufCMessageDescriptor *type, int depth)
{
	struct field f;
	while (at < end) {
		if (!take_field(at, end, &f))
			return false;
		at = f.end;
		const ProtobufCFieldDescriptor *known =
			protobuf_c_message_descriptor_get_field(type, f.number);
		if (known && depth == 0 && f.wire != wire_of(known))
			return false;
		if (known && f.wire == wire_of(known) && !keep(all, &f, known, depth))
			return false;
	}
	return true;
}

bool apply_rules(struct bytes *out, const uint8_t *at, size_t n,
	const ProtobufCMessageDescriptor *type, int depth)
{
	struct fields all = { 0 };
	bool ok = depth < LEVELS_MAX && take_all(&all, at, n ? at + n : at, type, depth);
	ok = ok && put_all(out, &all, depth);
	for (size_t i = 0; i < all.n; i++)
		free(all.at[i].content.at);
	free(all.at);
	return ok;
}
