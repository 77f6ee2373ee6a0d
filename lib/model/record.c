#include "record.h"

#include <strings.h>

static const char *const intakes[] = {
#define X(id, name) name,
	LSP_INTAKE_TABLE(X)
#undef X
};

const char *lsp_intake_name(unsigned intake)
{
	return intake < LSP_INTAKE_N ? intakes[intake] : "";
}

const char *lsp_kind_name(unsigned kind)
{
	static const char *const names[] = { "unspecified", "internal", "server", "client",
		"producer", "consumer" };

	return names[kind < 6 ? kind : 0];
}

const char *lsp_status_name(unsigned status)
{
	static const char *const names[] = { "unset", "ok", "error" };

	return names[status < 3 ? status : 0];
}

const char *lsp_severity_name(unsigned number)
{
	static const char *const names[] = { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" };

	return number >= 1 && number <= 24 ? names[(number - 1) / 4] : NULL;
}

unsigned lsp_severity_of(struct lsp_slice word)
{
	static const struct {
		const char *word;
		unsigned number;
	} words[] = { { "trace", 1 }, { "debug", 5 }, { "dbg", 5 }, { "info", 9 },
		{ "information", 9 }, { "notice", 10 }, { "warn", 13 }, { "warning", 13 },
		{ "err", 17 }, { "error", 17 }, { "severe", 17 }, { "crit", 18 },
		{ "critical", 18 }, { "alert", 19 }, { "fatal", 21 }, { "panic", 21 },
		{ "emerg", 21 }, { "emergency", 21 } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == word.len &&
			strncasecmp(words[i].word, word.at, word.len) == 0)
			return words[i].number;
	return 0;
}

unsigned lsp_severity_parse(struct lsp_slice text)
{
	unsigned n = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9' || i > 1)
			return lsp_severity_of(text);
		n = n * 10 + (unsigned)(text.at[i] - '0');
	}
	return n <= 24 ? n : 0;
}
