/* What the parts of a comparison have found, and the verdict that is made of it. */
#ifndef LSP_ANALYSIS_FINDINGS_H
#define LSP_ANALYSIS_FINDINGS_H

#include "tally.h"
#include "../window/window.h"

#include <jansson.h>

enum lsp_finding_kind {
	LSP_FINDING_OTHER,
	LSP_FINDING_ERROR, /* one that seems to begin at the service */
	LSP_FINDING_ODD, /* an operation leaves out steps of its own */
};

struct lsp_finding {
	uint8_t kind; /* enum lsp_finding_kind */
	uint32_t service, name; /* name NONE: the service as a whole */
	double added_ms; /* of one call, as much of it as counts; 0: the finding is no latency */
	double weight; /* 0 to 1; of latencies: made by the verdict */
	char *text; /* one sentence without a full stop */
	int window; /* where the example is */
	uint32_t trace; /* NONE: none */
};

struct lsp_findings {
	const struct lsp_window *windows[LSP_WINDOWS];
	struct lsp_vocabulary *vocabulary;
	struct lsp_finding *all;
	size_t n, cap;
};

/* Takes over the finding but its text, which is printed. Returns 0 or -ENOMEM. */
int lsp_findings_add(struct lsp_findings *f, const struct lsp_finding *finding, const char *format,
	...) __attribute__((format(printf, 3, 4)));
void lsp_findings_release(struct lsp_findings *f);
/* For %.*s. */
struct lsp_slice lsp_findings_name(const struct lsp_findings *f, uint32_t name);

/* The parts. One more is one function in a file of its own, and one line here. Each appends what it
 * found, and returns 0 or -ENOMEM.
 *	latency  time that an operation, or the way to it, takes more than before
 *	errors   spans in error, log records of severity ERROR, where they begin
 *	shape    what operations call and log when they are well */
#define LSP_COMPARE_TABLE(X)                                                                       \
	X(latency)                                                                                 \
	X(errors)                                                                                  \
	X(shape)
#define X(part) int lsp_compare_##part(struct lsp_findings *f);
LSP_COMPARE_TABLE(X)
#undef X

/* Behind the parts: takes weight from errors that another service's odd way of working explains
 * (passed_on.c). Returns 0 or -ENOMEM. */
int lsp_compare_pass_on(struct lsp_findings *f);

#endif
