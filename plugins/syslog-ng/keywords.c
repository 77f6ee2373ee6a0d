#include "keywords.h"
#include "compat.h"
#include "grammar.h"

int linespan_parse(CfgLexer *lexer, gpointer *instance, gpointer arg);

/* syslog-ng takes "-" for "_" in words of a configuration. */
static CfgLexerKeyword words[] = {
	{ "linespan_parser", KW_LINESPAN_PARSER },
	{ "prefix", KW_PREFIX },
	{ "strip", KW_STRIP },
	{ "verify_pid", KW_VERIFY_PID },
	{ "otlp", KW_OTLP },
	{ "linespan", KW_LINESPAN },
	{ "path", KW_PATH },
	{ "url", KW_URL },
	{ NULL },
};

CfgParser lsp_grammar = {
	.name = "linespan",
	.keywords = words,
	.parse = linespan_parse,
	.cleanup = (void (*)(gpointer))log_pipe_unref,
};

CFG_PARSER_IMPLEMENT_LEXER_BINDING(linespan_, LINESPAN_, gpointer *)
