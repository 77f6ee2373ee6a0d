#include "pass.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_EVERY 10000 /* steps of SQLite's machine, a fraction of a millisecond */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int lsp_pass_begin(struct lsp_pass *p, struct lsp_sqlite *s)
{
	int r;

	*p = (struct lsp_pass){ .store = s };
	if (s->query_limit_ns)
		p->deadline_ns = now_ns() + s->query_limit_ns;
	pthread_mutex_lock(&s->lock);
	r = lsp_partition_scan(s);
	p->parts = r ? NULL : calloc(s->n_parts + 1, sizeof(*p->parts));
	if (r == 0 && !p->parts)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->n_parts; i++) {
		struct lsp_pass_part *part = &p->parts[p->n];

		part->start_s = s->parts[i].start_s;
		part->sealed = s->parts[i].sealed;
		part->index = part->sealed ? NULL : lsp_partition_index(s, i);
		r = part->sealed || part->index ? 0 : -ENOMEM;
		p->n++;
	}
	pthread_mutex_unlock(&s->lock);
	return r;
}

void lsp_pass_end(struct lsp_pass *p)
{
	for (size_t i = 0; i < p->n; i++)
		lsp_hot_index_free(p->parts[i].index);
	free(p->parts);
	*p = (struct lsp_pass){ .n = 0 };
}

/* The partition as the list has it now, when it is the same still. Under the lock. */
static struct lsp_partition *still_there(struct lsp_pass *p, size_t i)
{
	struct lsp_sqlite *s = p->store;
	const struct lsp_pass_part *part = &p->parts[i];
	size_t at = lsp_partition_find(s, part->start_s);
	struct lsp_partition *now = at < s->n_parts ? &s->parts[at] : NULL;

	return now && now->sealed == part->sealed && (now->sealed || now->index == part->index)
		       ? now
		       : NULL;
}

bool lsp_pass_may_hold(struct lsp_pass *p, size_t i, uint64_t tid_lo)
{
	struct lsp_sqlite *s = p->store;
	bool may;
	size_t at;

	pthread_mutex_lock(&s->lock);
	at = lsp_partition_find(s, p->parts[i].start_s);
	may = at < s->n_parts && lsp_partition_may_hold(s, at, tid_lo);
	pthread_mutex_unlock(&s->lock);
	return may;
}

static int is_late(void *arg)
{
	const struct lsp_pass *p = arg;

	return (p->store->hurry && *p->store->hurry) || now_ns() > p->deadline_ns;
}

static sqlite3 *take_spare(struct lsp_pass *p, size_t i)
{
	struct lsp_partition *now;
	sqlite3 *db = NULL;

	pthread_mutex_lock(&p->store->lock);
	now = still_there(p, i);
	if (now) {
		db = now->spare;
		now->spare = NULL;
	}
	pthread_mutex_unlock(&p->store->lock);
	return db;
}

static void set_aside(struct lsp_pass *p, size_t i)
{
	struct lsp_sqlite *s = p->store;
	size_t at;

	pthread_mutex_lock(&s->lock);
	at = lsp_partition_find(s, p->parts[i].start_s);
	if (at < s->n_parts && s->parts[at].sealed == p->parts[i].sealed)
		lsp_partition_set_aside(s, at);
	pthread_mutex_unlock(&s->lock);
}

static int open_new(struct lsp_pass *p, size_t i, sqlite3 **ret)
{
	struct lsp_pass_part *part = &p->parts[i];
	int r = lsp_partition_open(p->store, part->start_s, part->sealed, false, ret);

	if (r && !part->sealed &&
		lsp_partition_open(p->store, part->start_s, true, false, ret) == 0) {
		part->sealed = true; /* since the pass began */
		r = 0;
	}
	if (r)
		return r;
	r = lsp_sqlite_errno(lsp_rows_attach(*ret, part->sealed ? NULL : part->index));
	if (r) {
		sqlite3_close(*ret);
		*ret = NULL;
	}
	return r;
}

int lsp_pass_open(struct lsp_pass *p, size_t i, sqlite3 **ret)
{
	int r = 0;

	*ret = take_spare(p, i);
	if (!*ret)
		r = open_new(p, i, ret);
	if (r == -EUCLEAN)
		set_aside(p, i);
	if (*ret && p->deadline_ns)
		sqlite3_progress_handler(*ret, LOOK_EVERY, is_late, p);
	return r == -ENOMEM ? r : 0;
}

int lsp_pass_close(struct lsp_pass *p, size_t i, sqlite3 *db, int r)
{
	struct lsp_sqlite *s = p->store;
	struct lsp_partition *now;

	sqlite3_progress_handler(db, 0, NULL, NULL);
	if (r == -EUCLEAN) {
		sqlite3_close(db);
		set_aside(p, i);
		return 0;
	}
	pthread_mutex_lock(&s->lock);
	now = still_there(p, i);
	if (now && !now->spare) {
		now->spare = db;
		now->used = ++s->clock;
		lsp_partition_limit_readers(s);
		db = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	sqlite3_close(db);
	return r;
}
