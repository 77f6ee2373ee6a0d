/* The words of this module's grammar; see grammar.ym. */
#ifndef LSP_SYSLOG_NG_KEYWORDS_H
#define LSP_SYSLOG_NG_KEYWORDS_H

#include "cfg-lexer.h"
#include "cfg-parser.h"

extern CfgParser lsp_grammar;

CFG_PARSER_DECLARE_LEXER_BINDING(linespan_, LINESPAN_, gpointer *)

#endif
