/* Files, and parts of large ones, searched side by side; what they give is printed in their order.
 *
 * A job's lines are kept in memory until its turn has come; a job that has many waits for its turn
 * and prints them itself. Workers are at most LSP_GREP_AHEAD jobs ahead of the printing. */
#ifndef LSP_SIDECAR_GREP_POOL_H
#define LSP_SIDECAR_GREP_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define LSP_GREP_AHEAD 64

struct lsp_grep_job {
	const char *path;
	uint64_t from, to; /* of the file: lines that begin in these bytes */
	bool last; /* of its file */
	int rc; /* what reading it gave */
	uint64_t found;
	char *text; /* its lines; NULL when it has printed them itself */
	size_t n_text;
	bool done;
};

struct lsp_grep_pool {
	struct lsp_grep_job *jobs;
	size_t n;
	FILE *out;
	/* The search of one job, by any thread. It sets rc and found, and text or prints. */
	void (*search)(struct lsp_grep_pool *p, size_t job);
	void *arg;
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t next, printed;
	bool stopped; /* nobody reads what is printed */
};

/* Runs all jobs on up to `threads` threads (the caller's own when that is 1). finished(): called in
 * the order of the jobs, behind what each has printed. */
void lsp_grep_pool_run(struct lsp_grep_pool *p, unsigned threads,
	void (*finished)(struct lsp_grep_pool *p, struct lsp_grep_job *job));

/* For search(): waits until all jobs before this one are printed; then `out` is its own until it
 * ends. */
void lsp_grep_pool_wait_turn(struct lsp_grep_pool *p, size_t job);
bool lsp_grep_pool_stopped(struct lsp_grep_pool *p);

#endif
