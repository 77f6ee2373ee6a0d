/* Family journal: all of libsystemd's ways to log (print, printv, send, perror, with and without a
 * location) end in sd_journal_sendv(), through libsystemd's own table of names. A record gets the
 * fields TRACE_ID, SPAN_ID and TRACE_FLAGS; its text stays as it is. */
#include "real.h"

#include "content.h"
#include "lines.h"
#include "shim.h"
#include "symbols.h"
#include "../lib/core/hex.h"

#include <errno.h>

#define FIELDS_MAX 256 /* of a record that is looked at; one with more goes out as it is */

/* Values of a record's fields, where they lie in the host's memory. */
struct found {
	const char *message, *priority;
	size_t message_bytes, priority_bytes;
	bool has_id;
};

static const char *value_of(const struct iovec *field, const char *name, size_t *ret_bytes)
{
	size_t n = strlen(name);

	if (field->iov_len <= n || memcmp(field->iov_base, name, n) != 0 ||
		((const char *)field->iov_base)[n] != '=')
		return NULL;
	*ret_bytes = field->iov_len - n - 1;
	return (const char *)field->iov_base + n + 1;
}

static struct found look(const struct iovec *fields, int n)
{
	struct found f = { 0 };

	for (int i = 0; i < n; i++) {
		const char *value;
		size_t bytes;

		if (value_of(&fields[i], "TRACE_ID", &bytes))
			f.has_id = true;
		else if ((value = value_of(&fields[i], "MESSAGE", &bytes))) {
			f.message = value;
			f.message_bytes = bytes;
			f.has_id |= lsp_stamp_line_has_id(value, bytes);
		} else if ((value = value_of(&fields[i], "PRIORITY", &bytes))) {
			f.priority = value;
			f.priority_bytes = bytes;
		}
	}
	return f;
}

/* The fields of our own, in memory of the caller's. */
struct stamp {
	char trace_id[sizeof("TRACE_ID=") + LSP_TRACE_ID_HEX];
	char span_id[sizeof("SPAN_ID=") + LSP_SPAN_ID_HEX];
	char flags[sizeof("TRACE_FLAGS=") + 2];
};

static void add(struct iovec *fields, int *n, char *text, size_t name_bytes, const uint8_t *id,
	size_t id_bytes)
{
	lsp_hex_encode(text + name_bytes, id, id_bytes);
	fields[(*n)++] = (struct iovec){ text, name_bytes + 2 * id_bytes };
}

/* Puts the fields behind the n that are there. Returns how many there are then. */
static int add_stamp(struct iovec *fields, int n, struct stamp *s, const struct lsp_context *c)
{
	static const uint8_t none[LSP_SPAN_ID_BYTES];

	*s = (struct stamp){ "TRACE_ID=", "SPAN_ID=", "TRACE_FLAGS=" };
	add(fields, &n, s->trace_id, strlen("TRACE_ID="), c->trace_id, LSP_TRACE_ID_BYTES);
	if (memcmp(c->span_id, none, sizeof(none)) != 0)
		add(fields, &n, s->span_id, strlen("SPAN_ID="), c->span_id, LSP_SPAN_ID_BYTES);
	add(fields, &n, s->flags, strlen("TRACE_FLAGS="), &c->flags, 1);
	return n;
}

static void record(const struct lsp_context *c, const struct found *f, bool stamped)
{
	uint8_t severity =
		f->priority_bytes == 1 ? lsp_line_severity((unsigned)(f->priority[0] - '0')) : 0;

	lsp_busy_begin();
	lsp_count(f->has_id ? LSP_COUNTER_KEPT_HAS_ID
		  : stamped ? LSP_COUNTER_STAMPED
			    : LSP_COUNTER_MIRRORED);
	if (f->message_bytes > 0)
		lsp_line_record(c, LSP_CHANNEL_JOURNAL, severity, stamped ? LSP_LOG_STAMPED : 0,
			f->message, f->message_bytes, lsp_now_ns());
	lsp_busy_end();
}

int sd_journal_sendv(const struct iovec *fields, int n)
{
	int saved = errno;
	struct lsp_context c;
	struct iovec with[FIELDS_MAX + 3];
	struct stamp stamp;
	struct found f;
	int (*real)(const struct iovec *, int) = LSP_LATE(sd_journal_sendv);

	if (!real)
		return -ENOSYS; /* a program that calls it without the library */
	if (!fields || n <= 0 || n > FIELDS_MAX || !lsp_current(&c))
		return real(fields, n);
	f = look(fields, n);
	if (f.message && !lsp_content_allows(&c, f.message, f.message_bytes)) {
		errno = saved;
		return real(fields, n);
	}
	if (f.has_id || lsp_shim.style.format == LSP_FORMAT_NONE) {
		record(&c, &f, false);
		errno = saved;
		return real(fields, n);
	}
	memcpy(with, fields, (size_t)n * sizeof(*fields));
	n = add_stamp(with, n, &stamp, &c);
	record(&c, &f, true);
	errno = saved;
	return real(with, n);
}
