/* Syslog messages, RFC 5424 and RFC 3164, and how they follow each other in a stream (RFC 6587).
 * What is neither is a message that has only text: nothing is refused. */
#ifndef LSP_WIRE_SYSLOG_H
#define LSP_WIRE_SYSLOG_H

#include "../model/batch.h"
#include "../model/buf.h"

#define LSP_SYSLOG_LINE_BYTES_MAX (64u * 1024) /* longer ones are cut into several */

struct lsp_syslog {
	bool has_priority;
	uint8_t facility, level; /* RFC 5424 numbers; level 0 emergency … 7 debug */
	uint64_t time_ns; /* 0: not said */
	struct lsp_slice host, app, procid, msgid; /* empty: not said, or "-" */
	struct lsp_slice sdata; /* all SD elements, as they are */
	struct lsp_slice text;
};

/* RFC 3164 says neither year nor zone: those of the reader are taken. */
struct lsp_syslog_clock {
	uint64_t now_ns;
	int32_t utc_offset_s;
};
/* The clock of this moment, in this machine's zone. */
void lsp_syslog_clock_now(struct lsp_syslog_clock *ret);

/* Reads one message. Slices point into line. */
void lsp_syslog_parse(
	struct lsp_slice line, const struct lsp_syslog_clock *clock, struct lsp_syslog *ret);

/* The next message of a stream: "LENGTH SP MESSAGE", or up to a newline or NUL. Returns the bytes
 * that it takes (the message may be empty), or 0: more bytes are needed. At the end of the stream
 * (at_end) what is left is a message. */
size_t lsp_syslog_frame(struct lsp_slice stream, bool at_end, struct lsp_slice *ret_message);

/* Buffers that one reader uses again and again. */
struct lsp_syslog_scratch {
	struct lsp_buf attrs, message, text;
	struct lsp_buf resource; /* of the last line's origin */
	size_t service_bytes; /* of its service, as the line had it; it begins the next */
	struct lsp_buf key; /* its service and host */
	uint32_t origin;
};
void lsp_syslog_scratch_init(struct lsp_syslog_scratch *s);
void lsp_syslog_scratch_release(struct lsp_syslog_scratch *s);

/* One message as a row of the batch, intake SYSLOG; ids are those of the structured data, else
 * those in the text. pid: what the kernel says of the sender, 0 when it does not. Returns 0 or
 * -ENOMEM. */
int lsp_syslog_take(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice line,
	const struct lsp_syslog_clock *clock, uint32_t pid);

/* A line of a file as a row, intake FILE: plain, JSON or logfmt. A time that the line begins with,
 * or has as a member, is taken; else now. The offset is that of its first byte in the file. Returns
 * 0 or -ENOMEM. */
#define LSP_FILE_OFFSET_ATTR "log.file.record_offset"
struct lsp_file_place {
	struct lsp_slice service, path;
	uint64_t offset;
};
int lsp_file_line_take(struct lsp_batch *b, struct lsp_syslog_scratch *s, struct lsp_slice line,
	const struct lsp_syslog_clock *clock, const struct lsp_file_place *place);

#endif
