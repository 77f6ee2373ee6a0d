#include "twice.h"
#include "../lib/wire/log_text.h"

#include <pthread.h>
#include <stdlib.h>

#define WAYS     2 /* from inside the program (ring), or from what it wrote (syslog, file, OTLP) */
#define BUCKET   4
#define MAX_SEEN 255

struct entry {
	uint64_t key; /* 0: free */
	uint32_t age;
	uint8_t seen[WAYS];
};

struct lsp_twice {
	pthread_mutex_t lock;
	uint32_t now;
	struct entry entries[LSP_TWICE_LINES];
};

struct lsp_twice *lsp_twice_new(void)
{
	struct lsp_twice *t = calloc(1, sizeof(*t));
	if (t)
		pthread_mutex_init(&t->lock, NULL);
	return t;
}

struct lsp_twice *lsp_twice_free(struct lsp_twice *t)
{
	if (t)
		pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	for (; n > 0; n--, p++)
		h = (h ^ *p) * 0x100000001b3u;
	return h ^ h >> 32;
}

/* Where our members begin in a JSON line that we stamped, its length when they are not there. */
static size_t json_stamp(struct lsp_slice line)
{
	static const char name[] = "\"trace_id\":\"";
	for (size_t i = line.len; i-- > 0 && line.len - i < 140;)
		if (line.at[i] == '"' && line.len - i > sizeof(name) &&
			memcmp(line.at + i, name, sizeof(name) - 1) == 0)
			return i && line.at[i - 1] == ',' ? i - 1 : i;
	return line.len;
}

/* A number for the line as its program wrote it: without the stamp, and without the head that a
 * syslog call puts before it. */
static uint64_t key_of(const struct lsp_log_row *row)
{
	uint64_t h = mix(1, row->trace_id, sizeof(row->trace_id));
	struct lsp_found found;
	struct lsp_slice text = row->body;
	h = mix(h, row->span_id, sizeof(row->span_id));
	if (text.len && text.at[text.len - 1] == '}') {
		size_t end = json_stamp(text);
		h = mix(h, text.at, end < text.len ? end : text.len - 1);
	} else if (lsp_log_text_find(text, &found) == 0 && found.stamp.len) {
		size_t head = (size_t)(found.stamp.at - text.at);
		h = mix(h, head ? text.at : text.at + found.stamp.len, text.len - found.stamp.len);
	} else {
		h = mix(h, text.at, text.len);
	}
	return h ? h : 1;
}

/* The line's entry, or the oldest of its bucket made free for it. */
static struct entry *entry_of(struct lsp_twice *t, uint64_t key)
{
	struct entry *bucket = &t->entries[key % (LSP_TWICE_LINES / BUCKET) * BUCKET];
	struct entry *oldest = bucket;
	for (struct entry *e = bucket; e < bucket + BUCKET; e++) {
		if (e->key == key)
			return e;
		if (e->key == 0 || (oldest->key && e->age < oldest->age))
			oldest = e;
	}
	*oldest = (struct entry){ .key = key };
	return oldest;
}

/* A log router's ring has what programs wrote, as its other ways have. */
static unsigned way_of(const struct lsp_batch *b, const struct lsp_log_row *row)
{
	static const char router[] = "linespan.syslog-ng";
	const struct lsp_slice scope = b->origins[row->origin].scope;
	return row->intake != LSP_INTAKE_RING ||
	       (scope.len && memmem(scope.at, scope.len, router, sizeof(router) - 1));
}

static bool is_new(struct lsp_twice *t, const struct lsp_batch *b, const struct lsp_log_row *row)
{
	static const uint8_t zero[LSP_TRACE_ID_BYTES];
	unsigned way = way_of(b, row);
	if (memcmp(row->trace_id, zero, sizeof(zero)) == 0)
		return true;
	struct entry *e = entry_of(t, key_of(row));
	e->age = ++t->now;
	if (e->seen[way] < MAX_SEEN)
		e->seen[way]++;
	return e->seen[way] == MAX_SEEN || e->seen[way] > e->seen[!way];
}

void lsp_twice_drop(struct lsp_twice *t, struct lsp_batch *b)
{
	size_t kept = 0;
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < b->n_logs; i++)
		if (is_new(t, b, &b->logs[i]))
			b->logs[kept++] = b->logs[i];
	pthread_mutex_unlock(&t->lock);
	b->n_logs = kept;
}
