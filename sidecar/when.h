/* Times, durations and sizes as people give them in options and query parameters. Each function
 * takes the whole text (no spaces) and returns 0, -EINVAL for what is no such thing, -ERANGE for
 * what does not fit; ret is untouched on failure. */
#ifndef LSP_SIDECAR_WHEN_H
#define LSP_SIDECAR_WHEN_H

#include <stdint.h>

/* What may be said, for messages. */
#define LSP_WHEN_FORMS     "RFC 3339 (2026-11-23T21:30:00Z), Unix seconds, or an age (15m, 2h, 7d)"
#define LSP_RANGE_FORMS    "FROM..TO, each RFC 3339, Unix seconds, or an age (2h..1h)"
#define LSP_DURATION_FORMS "a number and ns, us, ms, s, m, h or d (250us, 1.5s, 7d)"
#define LSP_SIZE_FORMS     "a number and K, M, G or T (64M, 10G)"

/* A point in time, in nanoseconds since 1970:
 *	2026-11-23T21:30:00.25+01:00  RFC 3339, from 1970 on; "T" may be a space or "t", "Z" may be
 *	                              "z"; a leap second counts as the second after it
 *	2026-11-23                    midnight, UTC
 *	1763933400.123                Unix seconds, with fraction
 *	15m                           an age: that long before now
 *	now */
int lsp_when_parse(const char *text, uint64_t now_ns, uint64_t *ret_ns);

/* "FROM..TO", two points in time of which the first is earlier; TO is exclusive, and "now" when
 * nothing stands there. */
int lsp_range_parse(const char *text, uint64_t now_ns, uint64_t *ret_from_ns, uint64_t *ret_to_ns);

/* "250us" (also "µs"), "10ms", "1.5s", "2h", "7d", "0". A unit is needed for all but 0. */
int lsp_duration_parse(const char *text, uint64_t *ret_ns);

/* "10G", "64M", "1.5G", "4096": powers of 1024, letters in any case; "KB" and "KiB" mean the
 * same. */
int lsp_size_parse(const char *text, uint64_t *ret_bytes);

#endif
