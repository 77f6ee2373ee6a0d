/* One backend. Private to forward*.c. */
#ifndef LSP_SIDECAR_FORWARD_TARGET_H
#define LSP_SIDECAR_FORWARD_TARGET_H

#include "forward.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

struct lsp_forward_target {
	char *url; /* with user and password, without a slash at its end */
	char *name; /* without them: for messages */
	struct lsp_queue *queue;
	pthread_t thread;
	bool has_thread;
	CURL *curl;
	struct curl_slist *headers;
	_Atomic uint64_t stop_ms; /* monotonic; 0: goes on */
	pthread_mutex_t lock; /* for sleeping only */
	pthread_cond_t wake;
	/* Counters; any thread reads. */
	_Atomic uint64_t sent[LSP_FORWARD_KINDS], rejected[LSP_FORWARD_KINDS];
	_Atomic uint64_t refused[LSP_FORWARD_KINDS], requests, retries;
	atomic_bool is_up;
	/* The sending thread's. */
	struct lsp_buf body, packed, answer;
	unsigned n_alone; /* entries that are sent one by one, to find the one that is refused */
	unsigned failures; /* in a row */
	long named_status; /* that standard error has heard of */
	bool is_down_named, is_partial_named, is_warning_named, is_damage_named;
	uint64_t synced_ms;
	unsigned random;
};

struct lsp_forward_answer {
	long status; /* 0: none came, and message says why */
	unsigned retry_after_s;
	uint64_t rejected;
	char message[256];
};

/* ---- forward_http.c -------------------------------------------------------------------------- */

/* Prepares t->curl. Returns 0 or -ENOMEM. */
int lsp_forward_http_init(
	struct lsp_forward_target *t, const struct lsp_forward_config *c, int index);
void lsp_forward_http_release(struct lsp_forward_target *t);
/* Sends t->body. Returns -ENOMEM when it could not even try. */
int lsp_forward_http_post(
	struct lsp_forward_target *t, enum lsp_forward_kind kind, struct lsp_forward_answer *ret);

/* ---- forward_send.c -------------------------------------------------------------------------- */

void *lsp_forward_run(void *target);
uint64_t lsp_forward_now_ms(void);

#endif
