#include "syslog.h"
#include "syslog_time.h"

#define PRIORITY_MAX  191
#define LENGTH_DIGITS 6
#define TAG_BYTES_MAX 128
#define BOM           "\xef\xbb\xbf"

static struct lsp_slice behind(struct lsp_slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct lsp_slice){ s.at + n, s.len - n };
}

/* Up to the next space, which is taken, too. */
static struct lsp_slice word(struct lsp_slice *s)
{
	const char *at = memchr(s->at, ' ', s->len);
	struct lsp_slice w = { s->at, at ? (size_t)(at - s->at) : s->len };

	*s = behind(*s, w.len + 1);
	return w;
}

static struct lsp_slice unless_nil(struct lsp_slice w)
{
	return w.len == 1 && w.at[0] == '-' ? (struct lsp_slice){ "", 0 } : w;
}

/* "<14>": the bytes that it takes, 0 when there is none. */
static size_t take_priority(struct lsp_slice s, struct lsp_syslog *ret)
{
	unsigned value = 0;
	size_t i = 1;

	if (s.len < 3 || s.at[0] != '<')
		return 0;
	for (; i < s.len && i < 4 && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		value = value * 10 + (unsigned)(s.at[i] - '0');
	if (i == 1 || i == s.len || s.at[i] != '>' || value > PRIORITY_MAX)
		return 0;
	ret->has_priority = true;
	ret->facility = (uint8_t)(value >> 3);
	ret->level = value & 7;
	return i + 1;
}

/* SD elements up to the space behind the last one; 0 when they do not end. */
static size_t sdata_length(struct lsp_slice s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.len; i++) {
		if (quoted && s.at[i] == '\\')
			i++;
		else if (s.at[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.at[i] == ']' && (i + 1 == s.len || s.at[i + 1] != '['))
			return i + 1;
	}
	return 0;
}

static bool parse_5424(
	struct lsp_slice s, const struct lsp_syslog_clock *clock, struct lsp_syslog *ret)
{
	struct lsp_syslog m = *ret;
	struct lsp_slice w;

	if (s.len < 2 || s.at[0] != '1' || s.at[1] != ' ')
		return false;
	s = behind(s, 2);
	w = word(&s);
	if (unless_nil(w).len && lsp_time_rfc3339(w, clock, &m.time_ns) != w.len)
		return false;
	m.host = unless_nil(word(&s));
	m.app = unless_nil(word(&s));
	m.procid = unless_nil(word(&s));
	m.msgid = unless_nil(word(&s));
	if (s.len && s.at[0] == '[') {
		m.sdata = (struct lsp_slice){ s.at, sdata_length(s) };
		s = behind(s, m.sdata.len ? m.sdata.len + 1 : 0);
	} else if (unless_nil(w = word(&s)).len) {
		s = (struct lsp_slice){ w.at, (size_t)(s.at + s.len - w.at) };
	}
	if (s.len >= 3 && memcmp(s.at, BOM, 3) == 0)
		s = behind(s, 3);
	m.text = s;
	*ret = m;
	return true;
}

static bool ends_tag(char c)
{
	return c == ':' || c == '[' || c == ' ';
}

/* "app[12]: " at the front: the bytes that it takes, 0 when there is none. */
static size_t take_tag(struct lsp_slice s, struct lsp_syslog *ret)
{
	struct lsp_slice app, pid = { "", 0 };
	size_t i = 0;

	while (i < s.len && i < TAG_BYTES_MAX && !ends_tag(s.at[i]))
		i++;
	app = (struct lsp_slice){ s.at, i };
	if (i < s.len && s.at[i] == '[') {
		const char *end = memchr(s.at + i, ']', s.len - i);
		if (!end || end - (s.at + i) > TAG_BYTES_MAX)
			return 0;
		pid = (struct lsp_slice){ s.at + i + 1, (size_t)(end - (s.at + i + 1)) };
		i = (size_t)(end + 1 - s.at);
	}
	if (app.len == 0 || i >= s.len || s.at[i] != ':')
		return 0;
	ret->app = app;
	ret->procid = pid;
	return i + 1 < s.len && s.at[i + 1] == ' ' ? i + 2 : i + 1;
}

/* "Nov 24 01:02:03 host app[12]: text"; local senders leave the host out. */
static void parse_3164(
	struct lsp_slice s, const struct lsp_syslog_clock *clock, struct lsp_syslog *ret)
{
	size_t n = lsp_time_rfc3164(s, clock, &ret->time_ns), tag;
	struct lsp_slice rest, host;

	if (n == 0)
		n = lsp_time_rfc3339(s, clock, &ret->time_ns);
	s = behind(s, n);
	if (n && s.len && s.at[0] == ' ')
		s = behind(s, 1);
	tag = ret->has_priority || n ? take_tag(s, ret) : 0;
	rest = s;
	host = word(&rest);
	if (tag == 0 && n && host.len && rest.len) {
		tag = take_tag(rest, ret);
		if (tag) {
			ret->host = host;
			s = rest;
		}
	}
	ret->text = behind(s, tag);
}

void lsp_syslog_parse(
	struct lsp_slice line, const struct lsp_syslog_clock *clock, struct lsp_syslog *ret)
{
	static const struct lsp_slice none = { "", 0 };
	struct lsp_slice s;

	*ret = (struct lsp_syslog){ .host = none,
		.app = none,
		.procid = none,
		.msgid = none,
		.sdata = none,
		.text = none };
	while (line.len && memchr("\r\n", line.at[line.len - 1], 2))
		line.len--;
	s = behind(line, take_priority(line, ret));
	if (!ret->has_priority || !parse_5424(s, clock, ret))
		parse_3164(s, clock, ret);
}

/* ---- streams --------------------------------------------------------------------------------- */

/* "123 <": how many bytes the message has; 0: it is not counted. */
static size_t counted(struct lsp_slice s, size_t *ret_head)
{
	size_t n = 0, i = 0;

	for (; i < s.len && i < LENGTH_DIGITS && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		n = n * 10 + (size_t)(s.at[i] - '0');
	if (i == 0 || s.at[0] == '0' || i + 1 >= s.len || s.at[i] != ' ' || s.at[i + 1] != '<')
		return 0;
	*ret_head = i + 1;
	return n;
}

static size_t line_length(struct lsp_slice s)
{
	const char *end = memchr(s.at, '\n', s.len);
	size_t n = end ? (size_t)(end - s.at) : s.len;
	const char *nul = memchr(s.at, 0, n);

	return nul ? (size_t)(nul - s.at) : n;
}

size_t lsp_syslog_frame(struct lsp_slice stream, bool at_end, struct lsp_slice *ret_message)
{
	size_t head = 0, n;

	if (stream.len == 0)
		return 0;
	n = counted(stream, &head);
	if (n > 0 && n <= LSP_SYSLOG_LINE_BYTES_MAX) {
		if (stream.len - head < n && !at_end)
			return 0;
		n = n < stream.len - head ? n : stream.len - head;
		*ret_message = (struct lsp_slice){ stream.at + head, n };
		return head + n;
	}
	/* Whether it is counted shows only with the byte behind the number. */
	if (stream.len <= LENGTH_DIGITS + 1 && !at_end && stream.at[0] >= '1' &&
		stream.at[0] <= '9' && line_length(stream) == stream.len)
		return 0;
	n = line_length(stream);
	if (n == stream.len && n < LSP_SYSLOG_LINE_BYTES_MAX && !at_end)
		return 0;
	if (n > LSP_SYSLOG_LINE_BYTES_MAX)
		n = LSP_SYSLOG_LINE_BYTES_MAX;
	*ret_message = (struct lsp_slice){ stream.at, n };
	return n < stream.len && (stream.at[n] == '\n' || stream.at[n] == 0) ? n + 1 : n;
}
