/* What linespan-parser() costs a message in process: the message with the parser, less the message
 * without it. Prints "hit_ns=… miss_ns=…". */
#include "compat.h"

#include "apphook.h"
#include "cfg.h"
#include "cfg-grammar.h"
#include "cfg-lexer.h"
#include "cfg-parser.h"
#include "plugin.h"

#include <stdlib.h>
#include <time.h>

#define ROUNDS 401
#define LOOPS  2000

static LogParser *parser_of(const gchar *dir)
{
	const gchar *args = "()";
	CfgLexer *lexer;
	CFG_LTYPE at = { 0 };
	gpointer made;

	plugin_context_set_module_path(&configuration->plugin_context, dir);
	if (!cfg_load_module(configuration, "linespan"))
		exit(1);
	lexer = cfg_lexer_new_buffer(configuration, args, strlen(args));
	configuration->lexer = lexer;
	cfg_set_global_paths(configuration);
	at.level = &lexer->include_stack[0];
	cfg_lexer_push_context(lexer, main_parser.context, main_parser.keywords, main_parser.name);
	made = cfg_parse_plugin(configuration,
		cfg_find_plugin(configuration, LL_CONTEXT_PARSER, "linespan-parser"), &at, NULL);
	configuration->lexer = NULL;
	return made;
}

static double round_ns(LogParser *p, const gchar *text)
{
	struct timespec a, b;
	gsize n = strlen(text);

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	for (int i = 0; i < LOOPS; i++) {
		LogPathOptions path = LOG_PATH_OPTIONS_INIT;
		LogMessage *msg = log_msg_new_empty();

		log_msg_set_value(msg, LM_V_MESSAGE, text, (gssize)n);
		if (p && !log_parser_process_message(p, &msg, &path))
			exit(1);
		log_msg_unref(msg);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	return ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / LOOPS;
}

/* The best rounds of both: other work of the machine only ever adds. */
static double cost(LogParser *p, const gchar *text)
{
	double with = 1e9, without = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		without = MIN(without, round_ns(NULL, text));
		with = MIN(with, round_ns(p, text));
	}
	return with - without;
}

int main(int argc, char **argv)
{
	static const gchar line[] =
		"2026-11-24 12:00:00,003 INFO pool-3-thread-7 com.example.shop.Checkout - order "
		"4711 of customer 12345 took 18 ms, 3 items, total 99.90 EUR, paid by card ending "
		"1234 at terminal 7 in hall 2";
	LogParser *p;
	gchar *stamped = g_strconcat(
		line, " trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331", NULL);

	if (argc < 2)
		return 2;
	app_startup();
	configuration = cfg_new_snippet();
	p = parser_of(argv[1]);
	if (!p || !log_pipe_init(&p->super))
		return 1;
	printf("hit_ns=%.0f miss_ns=%.0f\n", cost(p, stamped), cost(p, line));
	return 0;
}
