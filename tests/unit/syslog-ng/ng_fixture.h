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
	lloc.level = &lexer->include_stack[0];
	cfg_lexer_push_context(lexer, main_parser.context, main_parser.keywords, main_parser.name);
	made = cfg_parse_plugin(configuration, plugin, &lloc, NULL);
	cfg_lexer_pop_context(lexer);
	cfg_lexer_free(lexer);
	configuration->lexer = before;
	return made;
}

static inline LogMessage *ng_message(const gchar *text)
{
	LogMessage *msg = log_msg_new_empty();

	log_msg_set_value(msg, LM_V_MESSAGE, text, -1);
	return msg;
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
