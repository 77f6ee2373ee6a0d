/* The thread of one backend: takes from the queue, sends, and judges the answers as OTLP says
 * (opentelemetry-proto, docs/specification.md, "OTLP/HTTP Throttling", "Failures"). */
#include "forward_target.h"
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REQUEST_BYTES (1u << 20) /* entries that are sent together */
#define TOGETHER_MAX  512
#define BODY_MAX      (LSP_QUEUE_ENTRY_MAX + REQUEST_BYTES)
#define WAIT_MIN_MS   500
#define WAIT_MAX_MS   60000
#define SYNC_MS       1000

uint64_t lsp_forward_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sync_sometimes(struct lsp_forward_target *t)
{
	uint64_t now_ms = lsp_forward_now_ms();
	if (now_ms - t->synced_ms < SYNC_MS)
		return;
	lsp_queue_sync(t->queue);
	t->synced_ms = now_ms;
}

static bool is_stopping(const struct lsp_forward_target *t)
{
	return t->stop_ms != 0;
}

/* Not longer than until the end is near. */
static void sleep_ms(struct lsp_forward_target *t, uint64_t ms)
{
	uint64_t until_ms = lsp_forward_now_ms() + ms, now_ms;
	while (!is_stopping(t) && (now_ms = lsp_forward_now_ms()) < until_ms) {
		uint64_t step_ms = now_ms + SYNC_MS < until_ms ? now_ms + SYNC_MS : until_ms;
		struct timespec until = { (time_t)(step_ms / 1000),
			(long)(step_ms % 1000) * 1000000 };
		pthread_mutex_lock(&t->lock);
		if (!is_stopping(t))
			(void)pthread_cond_timedwait(&t->wake, &t->lock, &until);
		pthread_mutex_unlock(&t->lock);
		sync_sometimes(t);
	}
}

/* ---- a request ------------------------------------------------------------------------------- */

struct parcel {
	enum lsp_forward_kind kind;
	unsigned n_entries;
	uint64_t n_rows;
};

static void name_damage(struct lsp_forward_target *t)
{
	if (!t->is_damage_named)
		(void)lsp_serve_fail(
			"--forward: %s: a damaged entry of its queue was left out", t->name);
	t->is_damage_named = true;
}

/* Entries of one kind from the queue's head, as one message: protobuf's repeated fields add up.
 * Returns 1, 0 when there is nothing, -errno when it cannot be read. */
static int fill(struct lsp_forward_target *t, struct parcel *p)
{
	struct lsp_queue_entry e;
	unsigned most = t->n_alone ? 1 : TOGETHER_MAX;
	*p = (struct parcel){ .n_entries = 0 };
	lsp_buf_clear(&t->body);
	while (p->n_entries < most) {
		int rc = lsp_queue_peek(t->queue, &e);
		if (rc < 0)
			return rc;
		if (rc == 0 || (p->n_entries && (e.kind != (uint32_t)p->kind ||
							t->body.len + e.len > REQUEST_BYTES)))
			break;
		rc = lsp_queue_take(t->queue, &t->body);
		if (rc == -EBADMSG)
			name_damage(t);
		if (rc == -EBADMSG || rc == -ENOENT)
			continue;
		if (rc)
			return rc;
		p->kind = (enum lsp_forward_kind)e.kind;
		p->n_entries++;
		p->n_rows += e.weight;
	}
	return p->n_entries > 0;
}

static bool is_worth_another_try(long status)
{
	return status == 0 || status == 429 || (status >= 502 && status <= 504);
}

static const char *what_was_said(const struct lsp_forward_answer *a)
{
	static _Thread_local char text[sizeof(a->message) + 32];
	if (!a->status)
		return a->message;
	snprintf(text, sizeof(text), "HTTP status %ld%s%s", a->status, a->message[0] ? ": " : "",
		a->message);
	return text;
}

/* Exponential, with jitter, so that many senders do not come back at once. */
static void back_off(struct lsp_forward_target *t, const struct lsp_forward_answer *a)
{
	unsigned shift = t->failures < 7 ? t->failures : 7;
	uint64_t ms = (uint64_t)WAIT_MIN_MS << shift;
	ms = ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
	ms = ms / 2 + (uint64_t)rand_r(&t->random) % (ms / 2 + 1);
	if (a->retry_after_s)
		ms = a->retry_after_s * 1000ull + (uint64_t)rand_r(&t->random) % 250;
	t->failures++;
	t->retries++;
	if (!t->is_down_named)
		(void)lsp_serve_fail("--forward: %s: does not take what is sent (%s); it waits on "
				     "disk and is sent again",
			t->name, what_was_said(a));
	t->is_down_named = true;
	t->is_up = false;
	sleep_ms(t, ms);
}

static void on_taken(
	struct lsp_forward_target *t, const struct parcel *p, const struct lsp_forward_answer *a)
{
	t->sent[p->kind] += p->n_rows;
	t->rejected[p->kind] += a->rejected;
	if (a->rejected && !t->is_partial_named) {
		(void)lsp_serve_fail("--forward: %s: rejected %llu of %llu: %s (said once)",
			t->name, (unsigned long long)a->rejected, (unsigned long long)p->n_rows,
			a->message);
		t->is_partial_named = true;
	} else if (!a->rejected && a->message[0] && !t->is_warning_named) {
		(void)lsp_serve_fail(
			"--forward: %s: takes all, and says: %s (said once)", t->name, a->message);
		t->is_warning_named = true;
	}
	lsp_queue_ack(t->queue);
}

/* Sent again it would fare no better. When several went together, each has its own chance. */
static void on_refused(
	struct lsp_forward_target *t, const struct parcel *p, const struct lsp_forward_answer *a)
{
	if (p->n_entries > 1) {
		t->n_alone = p->n_entries + 1;
		lsp_queue_rewind(t->queue);
		return;
	}
	t->refused[p->kind] += p->n_rows;
	if (t->named_status != a->status)
		(void)lsp_serve_fail("--forward: %s: refuses a batch of %llu (%s), which is "
				     "dropped; more of these are only counted",
			t->name, (unsigned long long)p->n_rows, what_was_said(a));
	t->named_status = a->status;
	lsp_queue_ack(t->queue);
}

/* Returns false when there was nothing, or it did not go well. */
static bool send_one(struct lsp_forward_target *t)
{
	struct lsp_forward_answer a = { 0 };
	struct parcel p;
	int rc = fill(t, &p);
	if (rc == 0) {
		lsp_queue_ack(t->queue); /* damaged ones, perhaps */
		return false;
	}
	rc = rc < 0 ? rc : lsp_forward_http_post(t, p.kind, &a);
	if (rc < 0)
		snprintf(a.message, sizeof(a.message), "%s", strerror(-rc));
	t->requests++;
	if (is_worth_another_try(a.status)) {
		lsp_queue_rewind(t->queue);
		back_off(t, &a);
		return false;
	}
	if (t->is_down_named)
		(void)lsp_serve_fail("--forward: %s: is back", t->name);
	t->is_down_named = false;
	t->failures = 0;
	t->is_up = true;
	if (a.status / 100 == 2)
		on_taken(t, &p, &a);
	else
		on_refused(t, &p, &a);
	t->n_alone -= t->n_alone > 0;
	return true;
}

void *lsp_forward_run(void *target)
{
	struct lsp_forward_target *t = target;
	lsp_buf_init(&t->body, BODY_MAX);
	while (!is_stopping(t)) {
		while (!is_stopping(t) && send_one(t))
			sync_sometimes(t);
		lsp_queue_wait(t->queue, SYNC_MS);
		sync_sometimes(t);
	}
	while (lsp_forward_now_ms() < t->stop_ms && send_one(t))
		;
	lsp_buf_release(&t->body);
	return NULL;
}
