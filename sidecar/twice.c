#include "twice.h"
#include "mix.h"
#include "../lib/wire/log_text.h"
#include "../lib/wire/syslog.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define BUCKET      16
#define AT_ONCE     32 /* rows */
#define CACHE_LINE  64
#define MAX_SEEN    255
#define AGE_BITS    24
#define LEARN_NS    10000000000u /* before the newest line: what may still come by another way */
#define LEARN_LINES (4 * LSP_TWICE_LINES)

/* The ways by which one line may come. */
enum way { BY_RING, BY_SYSLOG, BY_FILE, BY_JOURNAL, BY_OTHERS, WAYS };

struct entry {
	uint64_t key; /* 0: free */
	uint64_t age : AGE_BITS, seen : 8 * WAYS; /* a byte for each way, how often */
};

struct lsp_twice {
	struct lsp_resent *resent;
	pthread_mutex_t lock;
	uint32_t now;
	struct entry entries[LSP_TWICE_LINES];
};

struct lsp_twice *lsp_twice_new(struct lsp_resent *resent)
{
	struct lsp_twice *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->resent = resent;
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

/* Without time, host and tag, which a log daemon puts before a line. */
static struct lsp_slice without_head(struct lsp_slice line)
{
	static const struct lsp_syslog_clock any = { .now_ns = 1000000000000000000u };
	struct lsp_syslog m;
	lsp_syslog_parse(line, &any, &m);
	return m.text;
}

/* A number for the line as its program wrote it: without the stamp and a log daemon's head. 0: the
 * line has no ids. */
static uint64_t key_of(const struct lsp_log_row *row)
{
	static const uint8_t zero[LSP_TRACE_ID_BYTES];
	if (memcmp(row->trace_id, zero, sizeof(zero)) == 0)
		return 0;
	uint64_t h = lsp_mix(1, row->trace_id, sizeof(row->trace_id));
	struct lsp_found found;
	struct lsp_slice text = without_head(row->body);
	h = lsp_mix(h, row->span_id, sizeof(row->span_id));
	if (text.len && text.at[text.len - 1] == '}') {
		size_t end = json_stamp(text);
		h = lsp_mix(h, text.at, end < text.len ? end : text.len - 1);
	} else if (lsp_log_text_find(text, &found) == 0 && found.stamp.len) {
		size_t head = (size_t)(found.stamp.at - text.at);
		h = lsp_mix(
			h, head ? text.at : text.at + found.stamp.len, text.len - found.stamp.len);
	} else {
		h = lsp_mix(h, text.at, text.len);
	}
	return h ? h : 1;
}

static unsigned seen_by(const struct entry *e, unsigned way)
{
	return (unsigned)(e->seen >> 8 * way) & MAX_SEEN;
}

/* Ages go round: the distance from now says who is older. */
static uint32_t distance(const struct lsp_twice *t, const struct entry *e)
{
	return (t->now - (uint32_t)e->age) & ((1u << AGE_BITS) - 1);
}

static struct entry *bucket_of(struct lsp_twice *t, uint64_t key)
{
	return &t->entries[key % (LSP_TWICE_LINES / BUCKET) * BUCKET];
}

/* The line's entry, or the oldest of its bucket made free for it. */
static struct entry *entry_of(struct lsp_twice *t, uint64_t key)
{
	struct entry *bucket = bucket_of(t, key);
	struct entry *oldest = bucket;
	for (struct entry *e = bucket; e < bucket + BUCKET; e++) {
		if (e->key == key)
			return e;
		if (e->key == 0 || (oldest->key && distance(t, e) > distance(t, oldest)))
			oldest = e;
	}
	*oldest = (struct entry){ .key = key };
	return oldest;
}

/* A log router's ring has what programs wrote, as its other ways have. */
static enum way way_of(const struct lsp_log_row *row, const struct lsp_origin *from)
{
	static const char router[] = "linespan.syslog-ng";
	switch (row->intake) {
	case LSP_INTAKE_RING:
		return from->scope.len && memmem(from->scope.at, from->scope.len, router,
						  sizeof(router) - 1)
			       ? BY_OTHERS
			       : BY_RING;
	case LSP_INTAKE_SYSLOG:
		return BY_SYSLOG;
	case LSP_INTAKE_FILE:
		return BY_FILE;
	case LSP_INTAKE_JOURNAL:
		return BY_JOURNAL;
	default:
		return BY_OTHERS;
	}
}

/* Counts the line. True when it came by no other way as often as by this one. */
static bool is_new(struct lsp_twice *t, uint64_t key, const struct lsp_log_row *row,
	const struct lsp_origin *from)
{
	unsigned way = way_of(row, from), n, most = 0;
	if (key == 0)
		return true;
	struct entry *e = entry_of(t, key);
	e->age = ++t->now & ((1u << AGE_BITS) - 1);
	if (seen_by(e, way) < MAX_SEEN)
		e->seen += (uint64_t)1 << 8 * way;
	n = seen_by(e, way);
	for (unsigned other = 0; other < WAYS; other++)
		if (other != way && seen_by(e, other) > most)
			most = seen_by(e, other);
	return n == MAX_SEEN || n > most;
}

/* A line that is sent again has its answer already. */
static bool is_wanted(struct lsp_twice *t, uint64_t key, const struct lsp_log_row *row,
	const struct lsp_origin *from)
{
	enum lsp_resent_state state = lsp_resent_get(t->resent, row);
	if (state != LSP_RESENT_UNKNOWN)
		return state != LSP_RESENT_COPY;
	bool wanted = is_new(t, key, row, from);
	lsp_resent_set(t->resent, row, wanted ? LSP_RESENT_TAKEN : LSP_RESENT_COPY);
	return wanted;
}

/* The table is far larger than any cache: all places are asked for before the first is needed. */
static size_t drop_some(struct lsp_twice *t, struct lsp_batch *b, size_t start, size_t n, size_t to)
{
	uint64_t keys[AT_ONCE];
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		lsp_resent_look(&b->logs[start + i]);
		keys[i] = key_of(&b->logs[start + i]);
		for (size_t at = 0; at < sizeof(struct entry) * BUCKET; at += CACHE_LINE)
			__builtin_prefetch((char *)bucket_of(t, keys[i]) + at, 1);
	}
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < n; i++) {
		struct lsp_log_row *row = &b->logs[start + i];
		if (is_wanted(t, keys[i], row, &b->origins[row->origin]))
			b->logs[to + kept++] = *row;
	}
	pthread_mutex_unlock(&t->lock);
	return kept;
}

void lsp_twice_drop(struct lsp_twice *t, struct lsp_batch *b)
{
	size_t kept = 0, n;
	if (!t)
		return;
	for (size_t start = 0; start < b->n_logs; start += n) {
		n = b->n_logs - start < AT_ONCE ? b->n_logs - start : AT_ONCE;
		kept += drop_some(t, b, start, n, kept);
	}
	b->n_logs = kept;
}

/* ---- after a restart ------------------------------------------------------------------------- */

struct lesson {
	struct lsp_twice *twice;
	size_t left;
};

static int learn_row(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	struct lesson *l = arg;
	(void)is_new(l->twice, key_of(row), row, from);
	return l->left-- ? 0 : -ECANCELED;
}

static int take_time(void *arg, const struct lsp_log *log)
{
	*(uint64_t *)arg = log->time_ns;
	return 0;
}

void lsp_twice_learn(struct lsp_twice *t, struct lsp_store *store)
{
	struct lesson lesson = { t, LEARN_LINES };
	uint64_t newest = 0;
	struct lsp_log_query last = { .limit = 1 };
	struct lsp_scan scan = { .no_spans = true,
		.no_encoded = true,
		.newest_rows = LSP_TWICE_LINES / 4,
		.arg = &lesson,
		.log = learn_row };
	if (lsp_store_logs(store, &last, take_time, &newest, NULL) || newest <= LEARN_NS)
		return;
	scan.since_ns = newest - LEARN_NS;
	(void)lsp_store_scan(store, &scan);
}
