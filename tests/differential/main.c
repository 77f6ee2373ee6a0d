/* Gives the same bytes to both readers, thousands of times, and compares what they understood. */
#include "differential.h"
#include "otlp.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 3

struct tally {
	unsigned long same, refused, rows, different;
};

static void show_bytes(const struct bytes *b)
{
	printf("#   %zu bytes:", b->n);
	for (size_t i = 0; i < b->n && i < 600; i++)
		printf("%s%02x", i % 4 ? "" : " ", b->at[i]);
	printf("\n");
}

/* As text: jansson's own comparison stops at a NUL in a key. */
static char *text_of(const json_t *json)
{
	char *text =
		json ? json_dumps(json, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	return text ? text : strdup("refused");
}

static bool is_same(const json_t *a, const json_t *b)
{
	char *one = text_of(a), *other = text_of(b);
	bool same = strcmp(one, other) == 0;
	free(one);
	free(other);
	return same;
}

/* Of the rows, only the first that the other has not. */
static void show(const char *who, json_t *json, json_t *other)
{
	json_t *rows = json_object_get(json, "rows"), *others = json_object_get(other, "rows");
	size_t i = 0;
	while (i < json_array_size(rows) &&
		is_same(json_array_get(rows, i), json_array_get(others, i)))
		i++;
	char *text = text_of(other && i < json_array_size(rows) ? json_array_get(rows, i) : json);
	printf("#   %s: %s\n", who, text);
	free(text);
}

static void compare(struct tally *t, const struct bytes *b, bool logs)
{
	/* At the end of a block of its own, so that a look beyond is seen by ASan. */
	uint8_t *copy = malloc(b->n ? b->n : 1);
	if (b->n)
		memcpy(copy, b->at, b->n);
	json_t *a = ours(copy, b->n, logs), *c = theirs(copy, b->n, logs);
	bool same = is_same(a, c);
	t->same += same;
	t->refused += same && !a;
	t->rows += a ? json_array_size(json_object_get(a, "rows")) : 0;
	if (!same && t->different++ < SHOWN_MAX) {
		show_bytes(b);
		show("ours", a, c);
		show("protobuf-c", c, a);
	}
	json_decref(a);
	json_decref(c);
	free(copy);
}

static void report(const char *fact, const struct tally *t)
{
	printf("# %lu alike, %lu of them refused by both, %lu rows; %lu differ\n", t->same,
		t->refused, t->rows, t->different);
	printf("%s %s\n", t->different == 0 && t->same ? "ok" : "not ok", fact);
}

static const ProtobufCMessageDescriptor *type_of(bool logs)
{
	return logs ? &otlp__logs__descriptor : &otlp__traces__descriptor;
}

static void random_ones(const char *fact, bool logs, bool damaged, unsigned long n)
{
	struct tally t = { 0 };
	struct bytes b = { 0 };
	while (n-- > 0) {
		b.n = 0;
		generate(&b, type_of(logs));
		if (damaged)
			mutate(&b);
		compare(&t, &b, logs);
	}
	free(b.at);
	report(fact, &t);
}

static void add_line(struct bytes *b, const char *line)
{
	char word[3] = "";
	for (const char *p = line; p[0] > ' ' && p[1] > ' '; p += 2 + (p[2] == ' ')) {
		memcpy(word, p, 2);
		uint8_t byte = (uint8_t)strtoul(word, NULL, 16);
		put(b, &byte, 1);
	}
}

/* "# traces: WHAT" or "# logs: WHAT", then lines of hex: a message. */
static int by_hand(const char *path)
{
	char line[256], what[256] = "";
	struct tally t = { 0 };
	struct bytes b = { 0 };
	FILE *f = fopen(path, "r");
	if (!f)
		return 2;
	for (bool more = true; more;) {
		more = fgets(line, sizeof(line), f) != NULL;
		if (more && line[0] != '#') {
			add_line(&b, line);
			continue;
		}
		if (strchr(what, ':')) {
			unsigned long before = t.different;
			compare(&t, &b, what[2] == 'l');
			if (t.different > before)
				printf("#   that was %s", what + 2);
		}
		memcpy(what, line, sizeof(what));
		b.n = 0;
	}
	fclose(f);
	free(b.at);
	report("messages made by hand are understood as protobuf-c does", &t);
	return 0;
}

static void wrap(struct bytes *b, uint8_t tag)
{
	struct bytes outer = { 0 };
	put(&outer, &tag, 1);
	put_varint(&outer, b->n, 0);
	put(&outer, b->at, b->n);
	free(b->at);
	*b = outer;
}

/* A record's attribute whose value is a list in a list in … */
static void nested(void)
{
	static const uint8_t record[] = { 0x12, 0x32, 0x12, 0x12, 0x0a };
	struct tally t = { 0 };
	for (unsigned depth = 0; depth < 70; depth++) {
		struct bytes b = { 0 };
		for (unsigned i = 0; i < depth; i++) {
			wrap(&b, 0x0a); /* ArrayValue.values */
			wrap(&b, 0x2a); /* AnyValue.array_value */
		}
		for (size_t i = 0; i < sizeof(record); i++)
			wrap(&b, record[i]);
		compare(&t, &b, true);
		free(b.at);
	}
	report("values are nested as far as by protobuf's own readers", &t);
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
	if (argc < 2 || by_hand(argv[1]))
		return 2;
	nested();
	random_ones("random traces are understood as protobuf-c does", false, false, n);
	random_ones("random logs are understood as protobuf-c does", true, false, n);
	random_ones("damaged traces are refused or understood as by protobuf-c", false, true, n);
	random_ones("damaged logs are refused or understood as by protobuf-c", true, true, n);
	return 0;
}
