#include "resent.h"
#include "mix.h"
#include "../lib/core/random_id.h"
#include "../lib/wire/otlp_attrs.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define UID_NAME "log.record.uid"

#define BUCKET 16
/* As many records as one transaction holds: more cannot be stored and not acknowledged. */
#define LEARN_ROWS (LSP_RESENT_RECORDS / 4)

struct key {
	uint64_t a, b; /* both 0: none */
};

struct entry {
	struct key key;
	uint32_t age;
	uint8_t state; /* enum lsp_resent_state */
};

struct lsp_resent {
	uint64_t seed; /* nobody outside can make two records look the same */
	pthread_mutex_t lock;
	uint32_t now;
	struct entry entries[LSP_RESENT_RECORDS];
};

struct lsp_resent *lsp_resent_new(void)
{
	struct lsp_random random = { 0 };
	struct lsp_resent *r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	lsp_random_id(&random, (uint8_t *)&r->seed, sizeof(r->seed));
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

struct lsp_resent *lsp_resent_free(struct lsp_resent *r)
{
	if (r)
		pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

/* ---- what a record is known by --------------------------------------------------------------- */

static void take_uid(void *arg, struct lsp_slice key, struct lsp_slice value)
{
	if (lsp_slice_equal(key, LSP_SLICE(UID_NAME)))
		*(struct lsp_slice *)arg = value;
}

/* Most records have none: that is found out without decoding them. */
static bool may_have_uid(const struct lsp_log_row *row)
{
	if (row->uid != LSP_ROW_UID_UNKNOWN)
		return row->uid == LSP_ROW_UID_HAS;
	return row->encoded.len &&
	       memmem(row->encoded.at, row->encoded.len, UID_NAME, sizeof(UID_NAME) - 1);
}

void lsp_resent_look(struct lsp_log_row *row)
{
	row->uid = may_have_uid(row) ? LSP_ROW_UID_HAS : LSP_ROW_UID_NONE;
}

static struct lsp_slice uid_of(const struct lsp_log_row *row)
{
	struct lsp_slice uid = { "", 0 };
	if (may_have_uid(row))
		lsp_otlp_each_attr(row->encoded, LSP_ATTRS_LOG, take_uid, &uid);
	return uid;
}

static uint64_t mix_row(uint64_t h, const struct lsp_log_row *row, struct lsp_slice uid)
{
	h = lsp_mix(h, uid.at, uid.len);
	h = lsp_mix(h, &row->time_ns, sizeof(row->time_ns));
	h = lsp_mix(h, row->trace_id, sizeof(row->trace_id));
	h = lsp_mix(h, row->span_id, sizeof(row->span_id));
	return lsp_mix(h, row->body.at, row->body.len);
}

static bool key_of(const struct lsp_resent *r, const struct lsp_log_row *row, struct key *ret)
{
	struct lsp_slice uid = uid_of(row);
	if (uid.len == 0)
		return false;
	ret->a = mix_row(r->seed, row, uid);
	ret->b = mix_row(~r->seed, row, uid) | 1;
	return true;
}

/* ---- the table; under the lock --------------------------------------------------------------- */

/* The record's entry, or the oldest of its bucket. */
static struct entry *entry_of(struct lsp_resent *r, const struct key *key, bool *ret_found)
{
	struct entry *bucket = &r->entries[key->a % (LSP_RESENT_RECORDS / BUCKET) * BUCKET];
	struct entry *oldest = bucket;
	for (struct entry *e = bucket; e < bucket + BUCKET; e++) {
		*ret_found = e->key.a == key->a && e->key.b == key->b;
		if (*ret_found)
			return e;
		/* Ages go round: the distance from now says who is older. */
		if (oldest->key.b && (!e->key.b || r->now - e->age > r->now - oldest->age))
			oldest = e;
	}
	return oldest;
}

static enum lsp_resent_state get(struct lsp_resent *r, const struct key *key)
{
	bool found;
	struct entry *e = entry_of(r, key, &found);
	return found ? e->state : LSP_RESENT_UNKNOWN;
}

static void set(struct lsp_resent *r, const struct key *key, enum lsp_resent_state state)
{
	bool found;
	*entry_of(r, key, &found) =
		(struct entry){ .key = *key, .age = ++r->now, .state = (uint8_t)state };
}

/* ---- on the way in --------------------------------------------------------------------------- */

enum lsp_resent_state lsp_resent_get(struct lsp_resent *r, const struct lsp_log_row *row)
{
	enum lsp_resent_state state;
	struct key key;
	if (!r || !key_of(r, row, &key))
		return LSP_RESENT_UNKNOWN;
	pthread_mutex_lock(&r->lock);
	state = get(r, &key);
	pthread_mutex_unlock(&r->lock);
	return state;
}

void lsp_resent_set(
	struct lsp_resent *r, const struct lsp_log_row *row, enum lsp_resent_state state)
{
	struct key key;
	if (!r || !key_of(r, row, &key))
		return;
	pthread_mutex_lock(&r->lock);
	set(r, &key, state);
	pthread_mutex_unlock(&r->lock);
}

/* ---- around a transaction -------------------------------------------------------------------- */

/* True when the record is to be stored. */
static bool begin_row(struct lsp_resent *r, const struct lsp_log_row *row)
{
	struct key key;
	enum lsp_resent_state state;
	if (!key_of(r, row, &key))
		return true;
	pthread_mutex_lock(&r->lock);
	state = get(r, &key);
	if (state != LSP_RESENT_STORED && state != LSP_RESENT_WRITING)
		set(r, &key, LSP_RESENT_WRITING);
	pthread_mutex_unlock(&r->lock);
	return state != LSP_RESENT_STORED && state != LSP_RESENT_WRITING;
}

size_t lsp_resent_drop(struct lsp_resent *r, struct lsp_batch *b)
{
	size_t kept = 0, all = b->n_logs;
	if (!r)
		return 0;
	for (size_t i = 0; i < all; i++)
		if (begin_row(r, &b->logs[i]))
			b->logs[kept++] = b->logs[i];
	b->n_logs = kept;
	return all - kept;
}

void lsp_resent_end(struct lsp_resent *r, const struct lsp_batch *b, bool is_stored)
{
	for (size_t i = 0; r && i < b->n_logs; i++)
		lsp_resent_set(r, &b->logs[i], is_stored ? LSP_RESENT_STORED : LSP_RESENT_TAKEN);
}

/* ---- after a restart ------------------------------------------------------------------------- */

struct lesson {
	struct lsp_resent *resent;
	size_t left;
};

static int learn_row(void *arg, const struct lsp_log_row *row, const struct lsp_origin *from)
{
	struct lesson *l = arg;
	(void)from;
	lsp_resent_set(l->resent, row, LSP_RESENT_STORED);
	return l->left-- ? 0 : -ECANCELED;
}

void lsp_resent_learn(struct lsp_resent *r, struct lsp_store *store)
{
	struct lesson lesson = { r, LSP_RESENT_RECORDS };
	struct lsp_scan scan = {
		.no_spans = true, .newest_rows = LEARN_ROWS, .arg = &lesson, .log = learn_row
	};
	(void)lsp_store_scan(store, &scan);
}
