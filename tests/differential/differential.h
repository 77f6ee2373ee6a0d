/* The two readers that are compared, what they read, and the rules by which they may differ. */
#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *at;
	size_t n, cap;
};

/* generate.c ---------------------------------------------------------------------------------- */

uint64_t random_below(uint64_t n); /* deterministic */
/* A message of the type, into out: fields in any order, several times, in parts, with numbers that
 * nobody knows and lengths and tags longer than they need be; its ids are mostly good. */
void generate(struct bytes *out, const ProtobufCMessageDescriptor *type);
/* Turns, removes, doubles or inserts some bytes. */
void mutate(struct bytes *b);
void put(struct bytes *out, const void *at, size_t n);
void put_varint(struct bytes *out, uint64_t value, unsigned longer);

/* rules.c ------------------------------------------------------------------------------------- */

/* protobuf-c is a reader among others; where they differ, ours does what protobuf's own (C++, Go)
 * do. So the message is rewritten before protobuf-c sees it. Returns false when by our rules it is
 * to be refused:
 *  - a known field of another wire type is an unknown field (protobuf-c refuses the message), but
 *    not at the top, where a body that is something else altogether is to be noticed;
 *  - field number 0, numbers over 2^29-1, and varints over 64 bits are malformed (protobuf-c drops
 *    the bits);
 *  - groups, ends over the parent's end, tags and lengths over five bytes are malformed;
 *  - messages are nested up to 100 levels (protobuf-c knows no limit).
 * And what is in several parts is made one:
 *  - a message that is not repeated, but comes again, is one message: its parts, one after the
 *    other (protobuf-c does not let an empty text of a later part win);
 *  - of a oneof the last member counts; a list that comes again goes on (protobuf-c drops the
 *    first).
 * Unknown fields are left out. */
bool apply_rules(struct bytes *out, const uint8_t *at, size_t n,
	const ProtobufCMessageDescriptor *type, int depth);

/* ours.c, theirs.c ---------------------------------------------------------------------------- */

/* All that a reader has understood, as JSON; NULL when it refuses the message. */
json_t *ours(const uint8_t *at, size_t n, bool logs);
json_t *theirs(const uint8_t *at, size_t n, bool logs);

#endif
