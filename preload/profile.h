/* What the shim knows of programs by name: how they hand requests to threads, and when they write
 * what they log. Data, not code: one table. docs/shim.md says how each trait was measured. */
#ifndef LSP_PRELOAD_PROFILE_H
#define LSP_PRELOAD_PROFILE_H

#include <stdint.h>

enum lsp_trait {
	/* An event's request is handled, and its lines are written, before another descriptor is
	 * touched: the context of the descriptor that was touched last is always right. */
	LSP_TRAIT_EXACT = 1 << 0,
	/* Lines are written after the response, too, maybe by a thread that did not read it. */
	LSP_TRAIT_AFTER = 1 << 1,
	/* Its event loop is told of one event at a time: one wait stands for one request. */
	LSP_TRAIT_ONE_EVENT = 1 << 2,
	/* Its event loop puts work off to a later turn: waits that do not wait end nothing. */
	LSP_TRAIT_DEFERS = 1 << 3,
	/* It collects log lines of many requests: each one is matched by what it says. */
	LSP_TRAIT_CONTENT = 1 << 4,
	/* Its streams, or its log files if so configured, have buffers of their own: several lines
	 * at once may be anybody's. */
	LSP_TRAIT_BUFFERS = 1 << 5,
	/* It loads each of its extensions with RTLD_DEEPBIND, past any preloaded library. */
	LSP_TRAIT_DEEPBIND = 1 << 6,
};

/* The traits of a program, by its executable's base name; 0 for programs that are not listed. */
uint32_t lsp_profile_of(const char *name);

/* True when name matches a pattern; a trailing "*" stands for any rest. */
int lsp_profile_matches(const char *pattern, const char *name);

#endif
