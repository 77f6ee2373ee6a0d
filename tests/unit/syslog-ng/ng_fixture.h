/* A syslog-ng inside the test: its own loader, grammar and messages, and the real module. */
#ifndef NG_FIXTURE_H
#define NG_FIXTURE_H

#include "compat.h"

#include "apphook.h"
#include "cfg.h"
#include "cfg-grammar.h"
#include "cfg-lexer.h"
#include "cfg-parser.h"
#include "plugin.h"
#include "scratch-buffers.h"

#include <criterion/criterion.h>

#define T   "0af7651916cd43dd8448eb211c80319c"
#define LOW "8448eb211c80319c"
#define S   "b7ad6b7169203331"

/* syslog-ng's grammar gives the words of a refused configuration up: the program ends then. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:_cfg_lexer_lex\n";
}

static inline void ng_init(void)
{
	const gchar *dir = g_getenv("LINESPAN_NG_MODULES");

	app_startup();
	configuration = cfg_new_snippet();
	plugin_context_set_module_path(
		&configuration->plugin_context, dir ? dir : NG_BUILT_MODULES);
	cr_assert(cfg_load_module(configuration, "linespan"), "the module does not load");
}

static inline void ng_fini(void)
{
	scratch_buffers_explicit_gc();
	cfg_free(configuration);
	configuration = NULL;
	app_shutdown();
}

/* What the words "NAME ARGS" make, through the real grammar; NULL when it refuses them. */
static inline gpointer ng_parse(gint context, const gchar *name, const gchar *args)
{
	CfgLexer *before = configuration->lexer;
	CfgLexer *lexer = cfg_lexer_new_buffer(configuration, args, strlen(args));
	Plugin *plugin = cfg_find_plugin(configuration, context, name);
	CFG_LTYPE lloc = { 0 };
	gpointer made;

	cr_assert(plugin, "%s is not there", name);
	configuration->lexer = lexer;
	cfg_set_global_paths(configuration);
	lloc.first_line = lloc.last_line = lloc.first_column = lloc.last_column = 1;
#if LSP_SYSLOG_NG_VERSION >= 400
	lloc.name = "test";
#else
	lloc.level = &lexer->include_stack[0];
#endif
	cfg_lexer_push_context(lexer, main_parser.context, main_parser.keywords, main_parser.name);
	made = cfg_parse_plugin(configuration, plugin, &lloc, NULL);
	cfg_lexer_pop_context(lexer);
	cfg_lexer_free(lexer);
	configuration->lexer = before;
	return made;
}

/* What is said on standard error from here to ng_said(). */
static inline FILE *ng_listen(gint *ret_stderr)
{
	FILE *heard = tmpfile();

	cr_assert(heard);
	fflush(stderr);
	*ret_stderr = dup(STDERR_FILENO);
	dup2(fileno(heard), STDERR_FILENO);
	return heard;
}

/* The caller's to free. */
static inline gchar *ng_said(FILE *heard, gint saved_stderr)
{
	gchar *text = g_malloc0(65536);

	fflush(stderr);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(heard);
	(void)!fread(text, 1, 65535, heard);
	fclose(heard);
	return text;
}

static inline LogMessage *ng_message(const gchar *text)
{
	LogMessage *msg = log_msg_new_empty();

	log_msg_set_value(msg, LM_V_MESSAGE, text, -1);
	return msg;
}

/* Runs one message through a parser with these options. */
static inline void ng_run_parser(const gchar *args, LogMessage **msg)
{
	LogParser *p = ng_parse(LL_CONTEXT_PARSER, "linespan-parser", args);
	LogPathOptions path = LOG_PATH_OPTIONS_INIT;

	cr_assert(p, "linespan-parser%s is refused", args);
	cr_assert(log_pipe_init(&p->super));
	cr_assert(log_parser_process_message(p, msg, &path), "a message was dropped");
	log_pipe_deinit(&p->super);
	log_pipe_unref(&p->super);
}

static inline const gchar *ng_value(LogMessage *msg, const gchar *name)
{
	return log_msg_get_value_by_name(msg, name, NULL);
}

static inline gchar *ng_format(const gchar *text, LogMessage *msg)
{
	LogTemplate *template = log_template_new(configuration, NULL);
	GString *result = g_string_new("");
	GError *error = NULL;

	cr_assert(log_template_compile(template, text, &error), "%s: %s", text,
		error ? error->message : "");
	log_template_format(template, msg, &DEFAULT_TEMPLATE_EVAL_OPTIONS, result);
	log_template_unref(template);
	return g_string_free(result, FALSE);
}

#endif
