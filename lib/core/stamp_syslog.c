/* RFC 5424, section 6: <PRI>1 SP TIMESTAMP SP HOSTNAME SP APP SP PROCID SP MSGID SP SD [SP MSG] */
#include "stamp_syslog.h"

#define PRIORITY_MAX   191
#define HEADER_FIELDS  5 /* TIMESTAMP to MSGID */
#define FIELD_CHARS_MAX 255

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
static bool skip_field(const char *line, size_t len, size_t *at)
{
	size_t from = *at;

	while (*at < len && line[*at] > 0x20 && line[*at] < 0x7f)
		++*at;
	if (*at == from || *at - from > FIELD_CHARS_MAX || *at == len || line[*at] != ' ')
		return false;
	++*at;
	return true;
}

/* "[id name="value" …]"; in values \" \\ \] are escapes. */
static bool skip_element(const char *line, size_t len, size_t *at)
{
	bool quoted = false;

	for (size_t i = *at + 1; i < len; i++) {
		if (quoted && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			quoted = !quoted;
		else if (!quoted && line[i] == ']') {
			*at = i + 1;
			return true;
		}
	}
	return false;
}

bool lsp_stamp_rfc5424(const char *line, size_t len, size_t *ret_at, size_t *ret_skip)
{
	size_t at;

	if (!lsp_stamp_priority(line, len, &at))
		return false;
	if (at + 2 > len || line[at] != '1' || line[at + 1] != ' ')
		return false;
	at += 2;
	for (int field = 0; field < HEADER_FIELDS; field++)
		if (!skip_field(line, len, &at))
			return false;
	if (at < len && line[at] == '-' && (at + 1 == len || line[at + 1] == ' ')) {
		*ret_at = at;
		*ret_skip = 1;
		return true;
	}
	if (at == len || line[at] != '[')
		return false;
	while (at < len && line[at] == '[')
		if (!skip_element(line, len, &at))
			return false;
	if (at < len && line[at] != ' ')
		return false;
	*ret_at = at;
	*ret_skip = 0;
	return true;
}
