/* What a configuration may say, and how what it may not is refused: before the first message, with
 * the option's name, or its place, from which syslog-ng shows the line. */
#include "ng_fixture.h"

#include "driver.h"

#include <stdio.h>
#include <unistd.h>

TestSuite(ng_grammar, .init = ng_init, .fini = ng_fini);

#define HTTP "url(\"http://127.0.0.1:4318\")"
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
	const gchar *args;
	const gchar *words; /* that are said; NULL: it is taken */
};

static void check(gint context, const gchar *name, const struct row *rows, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		gint saved;
		FILE *heard = ng_listen(&saved);
		gpointer made = ng_parse(context, name, rows[i].args);
		gchar *said = ng_said(heard, saved);

		cr_expect_eq(
			made != NULL, rows[i].words == NULL, "%s%s: %s", name, rows[i].args, said);
		if (rows[i].words)
			cr_expect(strstr(said, rows[i].words), "%s%s: \"%s\" is not said in: %s",
				name, rows[i].args, rows[i].words, said);
		if (made)
			log_pipe_unref(made);
		g_free(said);
	}
}

Test(ng_grammar, of_the_parser)
{
	static const struct row rows[] = {
		{ "()", NULL },
		{ "(prefix(\".SDATA.trace@32473.\"))", NULL },
		{ "(prefix('ids.') strip(no) verify_pid(yes) otlp(no))", NULL },
		{ "(template(\"${note}\"))", NULL },
		{ "(template(\"${note}\") strip(no))", NULL },
		{ "(prefix(a) prefix(b))", NULL },
		{ "(prefix(\"\"))", "prefix()" },
		{ "(prefix(\"a b\"))", "prefix()" },
		{ "(prefix(\"-x\"))", "prefix()" },
		{ "(prefix(\"$x\"))", "prefix()" },
		{ "(prefix(\"" LONG "\"))", "prefix()" },
		{ "(prefix())", ":1:9-1:10" },
		{ "(prefix(\".a.\") 7)", ":1:16-1:17" },
		{ "(strip(maybe))", "KW_YES or KW_NO" },
		{ "(strip())", "KW_YES or KW_NO" },
		{ "(verify-pid(\"x\"))", "KW_YES or KW_NO" },
		{ "(verify-pid())", "KW_YES or KW_NO" },
		{ "(otlp(perhaps))", "KW_YES or KW_NO" },
		{ "(nonsense(yes))", ":1:2-1:10" },
		{ "(url(\"http://h\"))", "KW_URL" },
		{ "(template(\"$(\"))", "template" },
		{ "(template(\"$(no-such-function)\"))", "no-such-function" },
		{ "(strip(yes) template(\"${MSG}\"))", "strip(yes)" },
#if LSP_HAVE_BYTES
		{ "(otlp(yes))", NULL },
#else
		{ "(otlp(yes))", "otlp()" },
#endif
	};

	check(LL_CONTEXT_PARSER, "linespan-parser", rows, G_N_ELEMENTS(rows));
}

Test(ng_grammar, of_the_destination)
{
	static const struct row rows[] = {
		{ "(path(\"/tmp\"))", NULL },
		{ "(" HTTP ")", NULL },
		{ "(url(\"https://h/v1/logs\") workers(2) batch-lines(10) batch-timeout(100) "
		  "retries(5))",
			NULL },
		{ "(path(\"/tmp\") prefix(\"ids.\") log-fifo-size(10) persist-name(\"x\"))", NULL },
		{ "(" HTTP " time-reopen(1) throttle(100))", NULL },
		{ "()", "path(SPOOL) or url(" },
		{ "(prefix(\"ids.\"))", "path(SPOOL) or url(" },
		{ "(path(\"/tmp\") " HTTP ")", "path(SPOOL) or url(" },
		{ "(path(\"tmp\"))", "path()" },
		{ "(path(\"\"))", "path()" },
		{ "(path())", ":1:7-1:8" },
		{ "(url(\"ftp://h\"))", "url()" },
		{ "(url(\"127.0.0.1:4318\"))", "url()" },
		{ "(url(\"\"))", "url()" },
		{ "(url())", ":1:6-1:7" },
		{ "(workers(0) " HTTP ")", "positive" },
		{ "(batch-lines(many) " HTTP ")", ":1:14-1:18" },
		{ "(path(\"/tmp\") prefix(\"a b\"))", "prefix()" },
		{ "(path(\"/tmp\") strip(yes))", "KW_STRIP" },
		{ "(" HTTP " nonsense(1))", ":1:31-1:39" },
	};

	check(LL_CONTEXT_DESTINATION, "linespan", rows, G_N_ELEMENTS(rows));
}

Test(ng_grammar, of_the_template_function)
{
	static const struct row rows[] = {
		{ "$(linespan-traceparent)", NULL },
		{ "$(linespan-traceparent .SDATA.opentelemetry.)", NULL },
		{ "$(linespan-traceparent ${prefix})", NULL },
		{ "$(linespan-traceparent a. b.)", "$(linespan-traceparent)" },
		{ "$(linespan-traceparent 'a b')", "$(linespan-traceparent)" },
		{ "$(linespan-traceparent '')", "$(linespan-traceparent)" },
		{ "$(linespan-traceparent " LONG ")", "$(linespan-traceparent)" },
		{ "$(linespan-traceparent", "imbalanced" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		LogTemplate *template = log_template_new(configuration, NULL);
		GError *error = NULL;
		gboolean taken = log_template_compile(template, rows[i].args, &error);

		cr_expect_eq(taken, rows[i].words == NULL, "%s", rows[i].args);
		if (!taken)
			cr_expect(error && strstr(error->message, rows[i].words), "%s: %s",
				rows[i].args, error ? error->message : "nothing");
		g_clear_error(&error);
		log_template_unref(template);
	}
}

/* A folder that is there may be gone, or not ours, when the daemon starts. */
Test(ng_grammar, a_spool_that_cannot_be_used_fails_at_the_start)
{
	static const gchar *const paths[] = { "/no/such/folder", "/etc/passwd", "/bin/sh" };
	gchar mine[] = "/tmp/linespan-grammar-XXXXXX", args[128];
	gint n = G_N_ELEMENTS(paths);

	cr_assert(mkdtemp(mine));
	cr_assert_eq(chmod(mine, 0500), 0);
	/* root may write to all folders */
	if (geteuid() != 0)
		n++;
	for (gint i = 0; i < n; i++) {
		const gchar *path = i < (gint)G_N_ELEMENTS(paths) ? paths[i] : mine;
		LogPipe *d;
		FILE *heard;
		gchar *said;
		gint saved;

		g_snprintf(args, sizeof(args), "(path(\"%s\"))", path);
		d = ng_parse(LL_CONTEXT_DESTINATION, "linespan", args);
		cr_assert(d, "%s", args);
		heard = ng_listen(&saved);
		gboolean started = log_pipe_init(d);
		said = ng_said(heard, saved);
		cr_expect_not(started, "%s", path);
		cr_expect(strstr(said, "path()") && strstr(said, path), "%s: %s", path, said);
		g_free(said);
		log_pipe_unref(d);
	}
	rmdir(mine);
}
