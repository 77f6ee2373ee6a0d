/* Random messages, by the descriptors that protoc-c made; and random damage. */
#include "differential.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 10

static uint64_t state = 88172645463325252;

uint64_t random_below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % n;
}

static bool one_in(unsigned n)
{
	return random_below(n) == 0;
}

void put(struct bytes *out, const void *at, size_t n)
{
	if (out->n + n > out->cap) {
		out->cap = 2 * (out->n + n) + 64;
		out->at = realloc(out->at, out->cap);
		if (!out->at)
			abort();
	}
	if (n)
		memcpy(out->at + out->n, at, n);
	out->n += n;
}

/* longer: bytes more than the value needs. */
void put_varint(struct bytes *out, uint64_t value, unsigned longer)
{
	uint8_t byte;
	do {
		byte = value & 0x7f;
		value >>= 7;
		if (value || longer)
			byte |= 0x80;
		put(out, &byte, 1);
	} while (value || longer-- > 0);
}

/* Mostly none; up to what makes a tag or length of five bytes, now and then what is too long. */
static unsigned some_longer(void)
{
	return one_in(60) ? (unsigned)random_below(one_in(20) ? 9 : 3) : 0;
}

static uint64_t some_number(void)
{
	static const uint64_t numbers[] = { 0, 1, 2, 3, 5, 6, 9, 17, 24, 25, 127, 128, 300,
		UINT32_MAX, (uint64_t)UINT32_MAX + 3, INT64_MAX, UINT64_MAX, 1700000000000000000 };
	return one_in(4) ? random_below(30) : numbers[random_below(18)];
}

static void put_tag(struct bytes *out, uint32_t number, unsigned wire)
{
	put_varint(out, (uint64_t)number << 3 | wire, some_longer());
}

static void put_block(struct bytes *out, const void *at, size_t n)
{
	put_varint(out, n, some_longer());
	put(out, at, n);
}

static void put_fixed(struct bytes *out, size_t n)
{
	uint64_t value = some_number();
	double real = (double)random_below(1000) / 8;
	if (n == 8 && one_in(3))
		memcpy(&value, &real, 8);
	put(out, &value, n);
}

/* Texts as they are, with NUL, of several bytes a character, and what is no UTF-8; names that are
 * looked at. */
static void put_text(struct bytes *out)
{
	static const struct {
		const char *text;
		size_t n;
	} texts[] = { { "", 0 }, { "shop", 4 }, { "service.name", 12 }, { "service.name", 12 },
		{ "GET /", 5 }, { "a\0b", 3 }, { "B\303\274cher \342\202\254", 11 },
		{ "\377\376", 2 }, { "caf\351", 4 }, { "\355\240\200", 3 },
		{ "\"quoted\"\\\n", 10 }, { "k", 1 } };
	size_t i = random_below(sizeof(texts) / sizeof(texts[0]));
	put_block(out, texts[i].text, texts[i].n);
}

static void put_id(struct bytes *out, size_t n)
{
	uint8_t id[24];
	memset(id, one_in(20) ? 0 : (int)(1 + random_below(3)), sizeof(id));
	if (one_in(20))
		n = random_below(sizeof(id));
	put_block(out, id, n);
}

static void put_unknown(struct bytes *out)
{
	static const uint32_t numbers[] = { 4, 17, 500, 1000, 0x1fffffff };
	unsigned wire = (unsigned)random_below(one_in(50) ? 8 : 3);
	put_tag(out, numbers[random_below(5)], wire);
	if (wire == 0)
		put_varint(out, some_number(), 0);
	else if (wire == 2)
		put_text(out);
	else
		put_fixed(out, wire == 1 ? 8 : 4);
}

static void fill(struct bytes *out, const ProtobufCMessageDescriptor *type, int depth);

static void put_message(
	struct bytes *out, uint32_t number, const ProtobufCMessageDescriptor *type, int depth)
{
	struct bytes inner = { 0 };
	fill(&inner, type, depth + 1);
	put_tag(out, number, 2);
	put_block(out, inner.at, inner.n);
	free(inner.at);
}

static void put_field(struct bytes *out, const ProtobufCFieldDescriptor *f, int depth)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		put_message(out, f->id, f->descriptor, depth);
		return;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		put_tag(out, f->id, 1);
		put_fixed(out, 8);
		return;
	case PROTOBUF_C_TYPE_FIXED32:
		put_tag(out, f->id, 5);
		put_fixed(out, 4);
		return;
	case PROTOBUF_C_TYPE_BYTES:
		put_tag(out, f->id, 2);
		if (strstr(f->name, "_id"))
			put_id(out, strstr(f->name, "trace") ? 16 : 8);
		else
			put_text(out);
		return;
	default:
		put_tag(out, f->id, 0);
		put_varint(out, some_number(), some_longer());
	}
}

/* The right field number with the wire type of another. */
static void put_strange(struct bytes *out, const ProtobufCFieldDescriptor *f, int depth)
{
	ProtobufCFieldDescriptor strange = *f;
	static const ProtobufCType types[] = { PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_FIXED64,
		PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_INT64 };
	strange.type = types[random_below(4)];
	put_field(out, &strange, depth);
}

/* A message must have its ids to be looked at further. */
static bool is_wanted(const ProtobufCFieldDescriptor *f)
{
	return strcmp(f->name, "trace_id") == 0 || strcmp(f->name, "span_id") == 0 ||
	       strcmp(f->name, "key") == 0;
}

static void fill(struct bytes *out, const ProtobufCMessageDescriptor *type, int depth)
{
	bool is_oneof = type->n_fields && (type->fields[0].flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
	unsigned n = 1 + (unsigned)random_below(is_oneof ? 2 : type->n_fields + 2);
	for (unsigned i = 0; i < type->n_fields; i++)
		if (is_wanted(&type->fields[i]) && !one_in(30))
			put_field(out, &type->fields[i], depth);
	while (n-- > 0) {
		const ProtobufCFieldDescriptor *f = &type->fields[random_below(type->n_fields)];
		if (f->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH_MAX)
			continue;
		if (one_in(40))
			put_unknown(out);
		else if (one_in(150))
			put_strange(out, f, depth);
		else
			put_field(out, f, depth);
	}
}

void generate(struct bytes *out, const ProtobufCMessageDescriptor *type)
{
	unsigned n = 1 + (unsigned)random_below(2);
	while (n-- > 0)
		fill(out, type, 0);
}

void mutate(struct bytes *b)
{
	unsigned n = one_in(4) ? 3 : 1;
	while (n-- > 0 && b->n) {
		size_t at = random_below(b->n), m = random_below(8);
		switch (random_below(12)) {
		default:
		case 0:
			b->at[at] ^= (uint8_t)(1u << m);
			break;
		case 1:
			b->at[at] = (uint8_t)random_below(256);
			break;
		case 2:
			b->n = at;
			break;
		case 3:
			m = m < b->n - at ? m : b->n - at;
			memmove(b->at + at, b->at + at + m, b->n - at - m);
			b->n -= m;
			break;
		case 4: {
			uint8_t some[8];
			m = m < b->n - at ? m : b->n - at;
			memcpy(some, b->at + at, m);
			put(b, some, m);
		}
		}
	}
}
