/* The spool folder: which rings there are. Finds new ones (inotify, and a scan now and then), hears
 * of the death of owners, sets aside what is no ring, removes what is done. */
#ifndef LSP_WIRE_RING_SPOOL_H
#define LSP_WIRE_RING_SPOOL_H

#include "ring_process.h"

#define LSP_RINGS_MAX           4096
#define LSP_RINGS_PER_OWNER_MAX 2048 /* one user does not keep the others out */
#define LSP_RING_NAMES_PENDING  64

struct lsp_ring_open {
	struct lsp_ring_file file;
	struct lsp_ring_processes processes;
	bool dead; /* no process has it mapped: nothing is written any more */
	bool finished; /* … and all of it is in the batch */
	bool gone; /* to be dropped after this round */
	uint64_t check_ns; /* when to ask again whether it is dead */
	uint64_t hole_position, hole_since_ns, hole_head, hole_dropped; /* hole_since_ns 0: none */
	uint32_t origin; /* in the batch of this round */
	uint64_t origin_round; /* which round that is */
	unsigned quiet_rounds;
};

struct lsp_ring_spool {
	int dir_fd, watch_fd; /* watch_fd -1: scans only */
	struct lsp_ring_open **rings;
	size_t n, cap;
	uint64_t scan_ns; /* when to scan */
	char pending[LSP_RING_NAMES_PENDING][256]; /* files that were not finished */
	unsigned n_pending;
	ino_t left[LSP_RING_NAMES_PENDING]; /* bad ones that could not be renamed */
	unsigned n_left;
	uint64_t bad_rings;
	uint64_t dropped; /* by the writers of rings that are gone */
};

/* Returns 0 or -errno. */
int lsp_ring_spool_open(struct lsp_ring_spool *s, const char *dir);
void lsp_ring_spool_release(struct lsp_ring_spool *s);

/* Opens what is new; notes deaths. Never fails: what cannot be done now is tried again. */
void lsp_ring_spool_look(struct lsp_ring_spool *s, uint64_t now_ns);

/* Renames the ring's file to NAME.bad and marks it gone. */
void lsp_ring_spool_set_aside(struct lsp_ring_spool *s, struct lsp_ring_open *r);
/* Unlinks the ring's file, if it is still the same, and marks it gone. */
void lsp_ring_spool_remove(struct lsp_ring_spool *s, struct lsp_ring_open *r);
/* Forgets the rings that are gone. */
void lsp_ring_spool_sweep(struct lsp_ring_spool *s);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t lsp_ring_monotonic_ns(void);

#endif
