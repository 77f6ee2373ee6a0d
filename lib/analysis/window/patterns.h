/* Log lines that one statement of a program wrote, as one pattern: the words that vary are found by
 * looking (those with digits in them, long hexadecimal ones) and by comparing (lines that begin
 * alike and have most words in common differ in the rest). */
#ifndef LSP_ANALYSIS_PATTERNS_H
#define LSP_ANALYSIS_PATTERNS_H

#include "interns.h"

#define LSP_PATTERN_WORDS 16 /* a statement is known by its first words */

struct lsp_pattern {
	uint32_t words[LSP_PATTERN_WORDS]; /* of the interns; 0 is the place of what varies */
	uint32_t n, next; /* next: of the same group, number + 1 */
};

struct lsp_patterns {
	struct lsp_interns words; /* 0 is "*" */
	struct lsp_interns groups; /* service and first fixed words */
	struct lsp_interns seen; /* group and words of lines that were placed */
	struct lsp_pattern *all;
	uint32_t *heads; /* of each group, number + 1 */
	uint32_t *placed; /* of each line in `seen` */
	uint32_t n, cap, heads_cap, placed_cap;
};

void lsp_patterns_init(struct lsp_patterns *p);
void lsp_patterns_release(struct lsp_patterns *p);
/* The pattern of a line of this service. Only the line's first line counts. Returns 0, -ENOMEM, or
 * -E2BIG when there are more patterns than anybody would read. */
int lsp_patterns_add(
	struct lsp_patterns *p, uint32_t service, struct lsp_slice body, uint32_t *ret);
/* Its words, with "*" where they vary. Returns 0, -ENOMEM, -E2BIG. */
int lsp_patterns_text(const struct lsp_patterns *p, uint32_t pattern, struct lsp_buf *out);

#endif
