#include "sidecar/writer.h"
#include "lib/store/engine.h"
#include "resent_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* A store that remembers what was written, waits when told to, and fails when told to. */
struct fake {
	struct lsp_store store;
	pthread_mutex_t gate;
	int (*verdict)(const struct lsp_batch *b);
	atomic_uint writes, ticks;
	atomic_uint logs;
	char seen[4096]; /* "service/name " of each span */
};

static int fake_write(struct lsp_store *s, const struct lsp_batch *b)
{
	struct fake *f = (struct fake *)s;
	pthread_mutex_lock(&f->gate);
	pthread_mutex_unlock(&f->gate);
	int rc = f->verdict ? f->verdict(b) : 0;
	atomic_fetch_add(&f->writes, 1);
	atomic_fetch_add(&f->logs, rc ? 0 : (unsigned)b->n_logs);
	for (size_t i = 0; rc == 0 && i < b->n_spans; i++) {
		struct lsp_slice service = b->origins[b->spans[i].origin].service;
		size_t n = strlen(f->seen);
		snprintf(f->seen + n, sizeof(f->seen) - n, "%.*s/%.*s ", (int)service.len,
			service.at, (int)b->spans[i].name.len, b->spans[i].name.at);
	}
	return rc;
}

static void fake_tick(struct lsp_store *s, uint64_t now_ns)
{
	(void)now_ns;
	atomic_fetch_add(&((struct fake *)s)->ticks, 1);
}

static const struct lsp_store_engine engine = {
	.scheme = "fake", .write = fake_write, .tick = fake_tick
};

static struct fake fake;
static struct lsp_serve_counters counters;
static struct lsp_writer *writer;

static void start(size_t max_bytes)
{
	fake = (struct fake){ .store.engine = &engine };
	pthread_mutex_init(&fake.gate, NULL);
	cr_assert_eq(lsp_writer_new(&writer, &fake.store, max_bytes, &counters), 0);
}

static void add_span(struct lsp_batch *b, const char *service, const char *name)
{
	uint32_t index;
	lsp_batch_add_origin(b, &index)->service = lsp_slice_of(service);
	struct lsp_span_row *row = lsp_batch_add_span(b);
	row->origin = index;
	/* Memory of the batch, so that sanitizers see who frees it too early. */
	cr_assert_eq(lsp_batch_copy(b, lsp_slice_of(name), &row->name), 0);
}

struct answer {
	atomic_int n;
	int rc;
};

static void on_done(void *arg, int rc)
{
	struct answer *a = arg;
	a->rc = rc;
	atomic_fetch_add(&a->n, 1);
}

static int submit(struct answer *a, const char *service, const char *name)
{
	struct lsp_batch b;
	lsp_batch_init(&b);
	add_span(&b, service, name);
	*a = (struct answer){ .rc = 1 };
	int rc = lsp_writer_submit(writer, &b, on_done, a);
	cr_expect_eq(b.n_spans, rc ? 1 : 0, "the rows move when they are taken");
	lsp_batch_release(&b);
	return rc;
}

/* Holds the writer inside a first write, so that what follows has to queue. */
static void hold(struct answer *first)
{
	pthread_mutex_lock(&fake.gate);
	cr_assert_eq(submit(first, "first", "one"), 0);
	usleep(20000);
}

Test(writer, answers_each_batch_once_it_is_written)
{
	struct answer a[3];
	start(1u << 20);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(submit(&a[i], "s", "abc"), 0);
	lsp_writer_free(writer);
	for (int i = 0; i < 3; i++)
		cr_expect(a[i].n == 1 && a[i].rc == 0);
	cr_expect_str_eq(fake.seen, "s/abc s/abc s/abc ");
	cr_expect_eq(counters.at[LSP_SERVED_STORED_SPANS], 3);
}

Test(writer, writes_what_waits_as_one_and_keeps_the_origins)
{
	struct answer first, a[4];
	const char *services[] = { "a", "b", "c", "d" };
	start(1u << 20);
	hold(&first);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(submit(&a[i], services[i], "x"), 0);
	pthread_mutex_unlock(&fake.gate);
	lsp_writer_free(writer);
	cr_expect_eq(fake.writes, 2);
	cr_expect_str_eq(fake.seen, "first/one a/x b/x c/x d/x ");
	for (int i = 0; i < 4; i++)
		cr_expect(a[i].n == 1 && a[i].rc == 0);
}

Test(writer, says_when_its_queue_is_full)
{
	struct answer first, more[8];
	int rc = 0, taken = 0;
	start(200000);
	hold(&first);
	for (; taken < 8 && (rc = submit(&more[taken], "s", "x")) == 0; taken++)
		;
	cr_expect_eq(rc, -EAGAIN);
	cr_expect_eq(taken, 2, "64 KiB each: %d", taken);
	cr_expect_gt(lsp_writer_queue_bytes(writer), 3 * 65536);
	pthread_mutex_unlock(&fake.gate);
	for (int i = 0; i < 1000 && lsp_writer_queue_bytes(writer); i++)
		usleep(1000);
	cr_expect_eq(lsp_writer_queue_bytes(writer), 0);
	cr_expect_eq(submit(&more[7], "s", "x"), 0, "there is room again");
	lsp_writer_free(writer);
	cr_expect_eq(more[7].n, 1);
}

Test(writer, takes_one_that_is_larger_than_its_queue_when_nothing_waits)
{
	struct answer a;
	start(10);
	cr_expect_eq(submit(&a, "s", "x"), 0);
	lsp_writer_free(writer);
	cr_expect(a.n == 1 && a.rc == 0);
}

static int no_space(const struct lsp_batch *b)
{
	(void)b;
	return -ENOSPC;
}

Test(writer, tells_all_waiters_that_the_store_is_full_without_trying_each)
{
	struct answer first, a[3];
	start(1u << 20);
	fake.verdict = no_space;
	hold(&first);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(submit(&a[i], "s", "x"), 0);
	pthread_mutex_unlock(&fake.gate);
	lsp_writer_free(writer);
	cr_expect_eq(fake.writes, 2);
	for (int i = 0; i < 3; i++)
		cr_expect(a[i].n == 1 && a[i].rc == -ENOSPC);
	cr_expect_eq(counters.at[LSP_SERVED_STORED_SPANS], 0);
}

static int poisoned(const struct lsp_batch *b)
{
	for (size_t i = 0; i < b->n_spans; i++)
		if (lsp_slice_equal(b->spans[i].name, LSP_SLICE("poison")))
			return -EINVAL;
	return 0;
}

Test(writer, does_not_let_one_bad_batch_fail_the_others)
{
	struct answer first, good, bad, other;
	start(1u << 20);
	fake.verdict = poisoned;
	hold(&first);
	cr_assert_eq(submit(&good, "s", "good"), 0);
	cr_assert_eq(submit(&bad, "s", "poison"), 0);
	cr_assert_eq(submit(&other, "s", "other"), 0);
	pthread_mutex_unlock(&fake.gate);
	lsp_writer_free(writer);
	cr_expect_eq(good.rc, 0);
	cr_expect_eq(bad.rc, -EINVAL);
	cr_expect_eq(other.rc, 0);
	cr_expect_str_eq(fake.seen, "first/one s/good s/other ");
}

static void submit_log(struct answer *a, const char *uid)
{
	struct lsp_batch b;
	lsp_batch_init(&b);
	add_log_with_uid(&b, uid, "text", LSP_INTAKE_OTLP);
	*a = (struct answer){ .rc = 1 };
	cr_assert_eq(lsp_writer_submit(writer, &b, on_done, a), 0);
}

Test(writer, stores_what_is_sent_again_once_and_answers_both)
{
	struct lsp_resent *resent = lsp_resent_new();
	struct answer first, a[4];
	start(1u << 20);
	lsp_writer_set_resent(writer, resent);
	hold(&first);
	/* In one transaction, in another one, and after one that failed. */
	submit_log(&a[0], "1");
	submit_log(&a[1], "1");
	pthread_mutex_unlock(&fake.gate);
	for (int i = 0; i < 1000 && !atomic_load(&a[1].n); i++)
		usleep(1000);
	submit_log(&a[2], "1");
	while (!atomic_load(&a[2].n))
		usleep(1000);
	cr_expect_eq(fake.logs, 1);
	cr_expect_eq(counters.at[LSP_SERVED_RESENT_LOGS], 2);
	fake.verdict = no_space;
	submit_log(&a[3], "2");
	while (!atomic_load(&a[3].n))
		usleep(1000);
	fake.verdict = NULL;
	cr_expect_eq(a[3].rc, -ENOSPC);
	submit_log(&a[3], "2");
	lsp_writer_free(writer);
	cr_expect_eq(fake.logs, 2);
	for (int i = 0; i < 4; i++)
		cr_expect(a[i].n == 1 && a[i].rc == 0, "%d", i);
	lsp_resent_free(resent);
}

Test(writer, looks_after_the_store_every_second)
{
	start(10);
	usleep(2300000);
	lsp_writer_free(writer);
	cr_expect(fake.ticks >= 2 && fake.ticks <= 3, "%u", (unsigned)fake.ticks);
}

#define SENDERS    4
#define PER_SENDER 500

static void *send_many(void *arg)
{
	atomic_uint *answered = arg;
	for (int i = 0; i < PER_SENDER; i++) {
		struct answer a;
		while (submit(&a, "s", "x") == -EAGAIN)
			usleep(100);
		while (atomic_load(&a.n) == 0)
			usleep(10);
		atomic_fetch_add(answered, a.rc == 0);
	}
	return NULL;
}

Test(writer, answers_many_senders)
{
	pthread_t threads[SENDERS];
	atomic_uint answered = 0;
	start(150000);
	for (int i = 0; i < SENDERS; i++)
		pthread_create(&threads[i], NULL, send_many, &answered);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	lsp_writer_free(writer);
	cr_expect_eq(answered, SENDERS * PER_SENDER);
	cr_expect_eq(counters.at[LSP_SERVED_STORED_SPANS], SENDERS * PER_SENDER);
}
