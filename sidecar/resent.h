/* Records that are sent again because their sender had no answer: each is stored once. They are
 * known by the attribute log.record.uid (OpenTelemetry's semantic conventions), together with their
 * time, ids and text: a sender that gives one uid to different records loses none of them. Records
 * without a uid are not looked at. */
#ifndef LSP_SIDECAR_RESENT_H
#define LSP_SIDECAR_RESENT_H

#include "../lib/store/store.h"

struct lsp_resent;

/* Remembers about the last LSP_RESENT_RECORDS records with a uid. NULL without memory. */
#define LSP_RESENT_RECORDS (1u << 19)
struct lsp_resent *lsp_resent_new(void);
struct lsp_resent *lsp_resent_free(struct lsp_resent *r); /* NULL is fine */

/* Remembers the newest records of the store: a batch that was stored, but not acknowledged, when
 * the sidecar was killed is among them. Before intakes start. */
void lsp_resent_learn(struct lsp_resent *r, struct lsp_store *store);

/* ---- on the way in, any thread ----
 * What was found of a record when it came first. */
enum lsp_resent_state {
	LSP_RESENT_UNKNOWN, /* it did not come yet, or has no uid, or is forgotten */
	LSP_RESENT_TAKEN, /* it was to be stored; whether it was is for the writer to know */
	LSP_RESENT_COPY, /* it was left out: another way had brought the same line */
	LSP_RESENT_WRITING, LSP_RESENT_STORED /* the writer's */
};
/* Notes in the row whether it has a uid; what follows need not look for it then. */
void lsp_resent_look(struct lsp_log_row *row);
enum lsp_resent_state lsp_resent_get(struct lsp_resent *r, const struct lsp_log_row *row);
void lsp_resent_set(
	struct lsp_resent *r, const struct lsp_log_row *row, enum lsp_resent_state state);

/* ---- around one transaction, the writer's thread ----
 * Takes records out of the batch that are stored already, or are in it twice. Returns how many. */
size_t lsp_resent_drop(struct lsp_resent *r, struct lsp_batch *b);
/* After each drop: whether the batch is stored now. */
void lsp_resent_end(struct lsp_resent *r, const struct lsp_batch *b, bool is_stored);

#endif
