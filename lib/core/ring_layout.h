/* The ring: one mapped file per process, from the shim (or a program's liblinespan) to the sidecar.
 * This header is the format; ring.h writes it, lib/wire/ring_reader.h reads it. Nothing else
 * includes it. x86-64 and arm64, little endian; both ends run on one machine.
 *
 *   file offset 0                         4096                                  4096 + data_bytes
 *   +--------------------------------------+---------------------------------------------+
 *   | header: who writes, head, tail,      | data: records, each at a multiple of 8,      |
 *   | counters                             | never split by the end (a PAD record fills)  |
 *   +--------------------------------------+---------------------------------------------+
 *
 * Positions count bytes since the start and never wrap; position p lives at data[p & (size-1)].
 * Bytes [tail, head) are reserved or committed; the writer moves head, the reader moves tail.
 *
 *   record:   word        8   committed by one release store, last of all
 *             common     48   time, pid, tid, context
 *             body            by type
 *
 *   word:     63            32 31          8 7      0
 *             +----------------+------------+--------+
 *             | check(position)| size / 8   | type   |
 *             +----------------+------------+--------+
 *
 * check() depends on the position and on the ring's key, so neither what an earlier lap left behind
 * nor a text that somebody else chose is taken for a record, and nothing needs to be zeroed. A
 * producer that dies between reserving and committing leaves a hole; the reader steps over it in
 * units of 8 until check() fits again.
 *
 * A flock (shared) that the writer takes on the file lives as long as the mapping, not the
 * descriptor: who can lock the file exclusively knows that no process writes to it any more.
 *
 * The reader treats every byte as hostile. Who owns a ring is read from the file's owner (fstat),
 * never from these bytes. */
#ifndef LSP_CORE_RING_LAYOUT_H
#define LSP_CORE_RING_LAYOUT_H

#include "context.h"
#include "counters.h"
#include "ring_channels.h"
#include <stddef.h>

#define LSP_RING_MAGIC            "LSPRING"
#define LSP_RING_VERSION          1
#define LSP_RING_HEADER_BYTES     4096
#define LSP_RING_DATA_BYTES       (512u * 1024) /* default; a power of two */
#define LSP_RING_DATA_BYTES_MAX   (64u * 1024 * 1024)
#define LSP_RING_TEXT_BYTES_MAX   (32u * 1024) /* of one log line; the rest is cut and flagged */
#define LSP_RING_RECORD_BYTES_MAX (LSP_RING_TEXT_BYTES_MAX + 4096)
#define LSP_RING_SUFFIX           ".ring"

#define LSP_RECORD_TABLE(X)                                                                        \
	X(PAD, "pad", "nothing: fills up to the end of the data")                                  \
	X(LOG, "log", "a line and its context: struct lsp_ring_log")                               \
	X(SPAN, "span", "a finished span: struct lsp_ring_span")                                   \
	X(PROCESS_START, "process-start", "the span of this process begins: struct lsp_ring_span") \
	X(PROCESS_END, "process-end", "… and ends: struct lsp_ring_exit")                          \
	X(ERROR, "error", "an error record: struct lsp_ring_log, severity FATAL, attributes")
enum lsp_record_type {
#define X(id, name, help) LSP_RECORD_##id,
	LSP_RECORD_TABLE(X)
#undef X
		LSP_RECORD_N
};

/* First in each record but PAD, which is its word alone. */
struct lsp_ring_common {
	_Atomic uint64_t word;
	uint64_t time_ns; /* CLOCK_REALTIME */
	uint32_t pid;
	uint32_t tid;
	struct lsp_context context; /* no trace: the record belongs to none */
};
_Static_assert(sizeof(struct lsp_ring_common) == 56, "layout");

#define LSP_LOG_STAMPED   0x01 /* the ids are in the bytes that the program's reader gets */
#define LSP_LOG_TRUNCATED 0x02 /* text was longer than LSP_RING_TEXT_BYTES_MAX */
#define LSP_LOG_UNSURE    0x04 /* flushed later than written: the context may be another line's */

struct lsp_ring_log {
	struct lsp_ring_common common;
	uint8_t channel; /* enum lsp_channel */
	uint8_t severity; /* OpenTelemetry severity number, 0 = not known */
	uint8_t flags; /* LSP_LOG_* */
	uint8_t pad;
	uint32_t text_bytes;
	uint32_t attr_bytes; /* attributes follow the text, unpadded */
	uint32_t pad2;
	/* char text[text_bytes]; attributes */
};
_Static_assert(sizeof(struct lsp_ring_log) == 72, "layout");

struct lsp_ring_span {
	struct lsp_ring_common common; /* context: this span's own ids; time_ns: its start */
	uint64_t end_ns; /* 0 in PROCESS_START */
	uint8_t parent_span_id[LSP_SPAN_ID_BYTES]; /* all zero: a root */
	uint8_t kind; /* OTLP SpanKind: 1 internal 2 server 3 client 4 producer 5 consumer */
	uint8_t status; /* OTLP StatusCode: 0 unset 1 ok 2 error */
	uint16_t name_bytes;
	uint32_t attr_bytes;
	/* char name[name_bytes]; attributes */
};
_Static_assert(sizeof(struct lsp_ring_span) == 80, "layout");

struct lsp_ring_exit {
	struct lsp_ring_common common; /* context: the process span's; time_ns: its end */
	int32_t exit_code; /* as passed to exit(), or -1 */
	int32_t signal; /* 0, or what killed it */
};
_Static_assert(sizeof(struct lsp_ring_exit) == 64, "layout");

/* The process span's first and last word are kept in the header, too: a full ring does not lose
 * them, and a reader that starts late finds them. Their words are made for these positions. */
#define LSP_RING_POSITION_START  (UINT64_MAX - 7)
#define LSP_RING_POSITION_END    (UINT64_MAX - 15)
#define LSP_RING_START_BYTES_MAX 2048

/* head of a ring that its owner gave up unused; no position comes near it. */
#define LSP_RING_HEAD_CLOSED (1ull << 63)

struct lsp_ring_header {
	char magic[8]; /* LSP_RING_MAGIC and NUL; written last when a ring is made */
	uint32_t version;
	uint32_t header_bytes;
	uint64_t data_bytes;
	uint32_t pid; /* as the writer sees itself */
	uint32_t parent_pid;
	uint64_t pid_start_ticks; /* 0: not known; the lock tells whether the owner lives */
	uint64_t pid_namespace; /* 0: not known */
	uint64_t start_ns; /* CLOCK_REALTIME when the ring was made */
	uint64_t key; /* random; part of each check() */
	char service[128]; /* NUL-terminated, as are the next two */
	char program[128];
	char writer[32]; /* "preload 0.1.0", "library 0.1.0" */
	/* struct lsp_ring_span with its name and attributes, or 0 */
	_Alignas(8) uint8_t process_start[LSP_RING_START_BYTES_MAX];
	struct lsp_ring_exit process_end; /* or 0 */
	_Alignas(64) _Atomic uint64_t head;
	_Atomic uint64_t renamed; /* counts changes of service; odd: one is going on */
	_Alignas(64) _Atomic uint64_t tail; /* the reader's, as is the next */
	uint64_t process_sent; /* 1: the process span is in the store */
	_Alignas(64) uint8_t reserved[4096 - 2624 - sizeof(struct lsp_counters)];
	struct lsp_counters counters;
};
_Static_assert(sizeof(struct lsp_ring_header) == LSP_RING_HEADER_BYTES, "one page");
_Static_assert(offsetof(struct lsp_ring_header, head) == 2496, "layout");

/* Attributes: a run of {u8 type; u8 key_bytes; u16 value_bytes; key; value}, unpadded. Values:
 * STRING bytes, INT int64 little endian, BOOL one byte, DOUBLE eight bytes. */
enum lsp_attr_type {
	LSP_ATTR_STRING = 1,
	LSP_ATTR_INT = 2,
	LSP_ATTR_BOOL = 3,
	LSP_ATTR_DOUBLE = 4,
};

static inline uint32_t lsp_ring_check(uint64_t position, uint64_t key)
{
	return (uint32_t)((((position >> 3) ^ key) * 0x9E3779B97F4A7C15ull) >> 32);
}

static inline uint64_t lsp_ring_word(uint64_t position, uint64_t key, uint64_t size, unsigned type)
{
	return (uint64_t)lsp_ring_check(position, key) << 32 | (size >> 3) << 8 | type;
}

#endif
