/* RFC 5424, section 6: <PRI>1 SP TIMESTAMP SP HOSTNAME SP APP SP PROCID SP MSGID SP SD [SP MSG] */
#include "stamp_syslog.h"

#include <errno.h>
#include <string.h>

#define PRIORITY_MAX  191
#define SD_NAME_MAX   32
#define TIMESTAMP_MAX 32
#define OUR_ELEMENT   "opentelemetry"

/* Lengths of HOSTNAME, APP-NAME, PROCID, MSGID. */
static const size_t field_max[] = { 255, 48, 128, 32 };

bool lsp_stamp_priority(const char *line, size_t len, size_t *ret_behind)
{
	unsigned value = 0;
	size_t i = 1;

	if (len < 3 || line[0] != '<')
		return false;
	for (; i < len && i < 4 && line[i] >= '0' && line[i] <= '9'; i++)
		value = value * 10 + (unsigned)(line[i] - '0');
	if (i == 1 || i == len || line[i] != '>' || value > PRIORITY_MAX)
		return false;
	*ret_behind = i + 1;
	return true;
}

/* One header field and the space behind it: printable, not empty. */
static bool skip_field(const char *line, size_t len, size_t *at, size_t max)
{
	size_t from = *at, i = from;

	while (i < len && line[i] > 0x20 && line[i] < 0x7f)
		i++;
	if (i == from || i - from > max || i == len || line[i] != ' ')
		return false;
	*at = i + 1;
	return true;
}

/* Prose may begin "<6>1 of five …": a timestamp is what tells it from a header. */
static bool is_timestamp(const char *text, size_t len)
{
	static const char form[] = "0000-00-00T00:00:00";

	if (len >= 2 && text[0] == '-' && text[1] == ' ')
		return true;
	if (len < sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

/* SD-NAME. Returns its bytes, 0 when there is none that is valid. */
static size_t name_bytes(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && at[n] > 0x20 && at[n] < 0x7f && !memchr("=]\"", at[n], 3))
		n++;
	return n <= SD_NAME_MAX ? n : 0;
}

/* ` name="value"`; in values " \ ] are escaped. Returns what is behind it, NULL when it is no
 * such thing. */
static const char *skip_param(const char *at, const char *end)
{
	size_t n = name_bytes(at + 1, end);

	if (n == 0 || end - (at + 1 + n) < 2 || memcmp(at + 1 + n, "=\"", 2) != 0)
		return NULL;
	for (at += 1 + n + 2; at < end && *at != ']'; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && ++at == end)
			return NULL;
	}
	return NULL;
}

/* "[id name="value" …]". Returns what is behind it, NULL when it is wrong. */
static const char *skip_element(const char *at, const char *end, bool *ret_ours)
{
	size_t n = name_bytes(at + 1, end);

	if (n == 0)
		return NULL;
	if (n == sizeof(OUR_ELEMENT) - 1 && memcmp(at + 1, OUR_ELEMENT, n) == 0)
		*ret_ours = true;
	at += 1 + n;
	while (at && at < end && *at == ' ')
		at = skip_param(at, end);
	return at && at < end && *at == ']' ? at + 1 : NULL;
}

/* VERSION to MSGID, and the spaces behind them. */
static bool skip_header(const char *line, size_t len, size_t *at)
{
	if (len - *at < 2 || line[*at] != '1' || line[*at + 1] != ' ')
		return false;
	*at += 2;
	if (!is_timestamp(line + *at, len - *at) || !skip_field(line, len, at, TIMESTAMP_MAX))
		return false;
	for (size_t i = 0; i < sizeof(field_max) / sizeof(field_max[0]); i++)
		if (!skip_field(line, len, at, field_max[i]))
			return false;
	return true;
}

int lsp_stamp_rfc5424(const char *line, size_t len, size_t *ret_at, size_t *ret_skip)
{
	const char *data, *end = line + len;
	bool ours = false, nil;
	size_t at;

	if (!lsp_stamp_priority(line, len, &at) || !skip_header(line, len, &at) || at == len)
		return 0;
	data = line + at;
	nil = *data == '-';
	if (nil)
		data++;
	else if (*data != '[')
		return 0;
	while (!nil && data && data < end && *data == '[')
		data = skip_element(data, end, &ours);
	if (!data || (data < end && *data != ' '))
		return 0;
	if (ours)
		return -EEXIST;
	*ret_at = nil ? at : (size_t)(data - line);
	*ret_skip = nil;
	return 1;
}
