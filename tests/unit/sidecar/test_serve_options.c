#include "sidecar/serve.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX 24

static struct lsp_serve_config config;

/* Words separated by spaces. Returns the exit status, or -1 when the options were taken. */
static int parse(const char *line)
{
	static char words[512];
	char *argv[ARGS_MAX] = { (char[]){ "serve" } };
	int argc = 1, status = -1;
	strcpy(words, line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	return lsp_serve_options(&config, argc, argv, &status) ? status : -1;
}

Test(serve_options, have_defaults)
{
	char text[LSP_ADDRESS_CHARS];
	unsetenv("LINESPAN_DIR");
	cr_assert_eq(parse(""), -1);
	cr_expect_eq(config.retention_ns, 7ull * 86400 * 1000000000);
	cr_expect_eq(config.max_disk_bytes, 10ull << 30);
	cr_expect_eq(config.max_body_bytes, 64ull << 20);
	cr_expect_null(config.dir);
	cr_expect_null(config.store_url);
	lsp_address_format(&config.otlp_http, text);
	cr_expect_str_eq(text, "127.0.0.1:4318");
	lsp_address_format(&config.otlp_grpc, text);
	cr_expect_str_eq(text, "127.0.0.1:4317");
	lsp_address_format(&config.http, text);
	cr_expect_str_eq(text, "127.0.0.1:16686");
}

Test(serve_options, are_taken)
{
	char text[LSP_ADDRESS_CHARS];
	cr_assert_eq(parse("--data /d --dir /s --otlp-http [::1]:0 --http off --retention 2h "
			   "--max-disk off --max-body 1K --otlp-grpc off"),
		-1);
	cr_expect_str_eq(config.data_dir, "/d");
	cr_expect_str_eq(config.dir, "/s");
	cr_expect_not(config.has_http);
	cr_expect_not(config.has_otlp_grpc);
	cr_expect(config.has_otlp_http);
	lsp_address_format(&config.otlp_http, text);
	cr_expect_str_eq(text, "[::1]:0");
	cr_expect_eq(config.retention_ns, 7200ull * 1000000000);
	cr_expect_eq(config.max_disk_bytes, 0);
	cr_expect_eq(config.max_body_bytes, 1024);
}

Test(serve_options, name_what_is_wrong, .init = cr_redirect_stderr)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		{ "--otlp-http nowhere", "--otlp-http: \"nowhere\" is not HOST:PORT" },
		{ "--http 0.0.0.0:80", "--http: 0.0.0.0:80 can be reached from other machines" },
		{ "--http [::]:80", "can be reached from other machines" },
		{ "--retention 7", "--retention: \"7\" is not" },
		{ "--retention 1s", "--retention: \"1s\" is not off or 1m at least" },
		{ "--max-disk 1K", "--max-disk: \"1K\" is not off or 1M at least" },
		{ "--max-body 2G", "--max-body: \"2G\" is not between 1K and 1G" },
		{ "--max-body off", "--max-body: \"off\" is not" },
		{ "--otlp-grpc 0.0.0.0:1", "--otlp-grpc: 0.0.0.0:1 can be reached" },
		{ "--zipkin 0.0.0.0:9411", "--zipkin: 0.0.0.0:9411 can be reached" },
		{ "--tail=", "--tail: \"\" is not a pattern" },
		{ "--syslog 0.0.0.0:1", "--syslog: 0.0.0.0:1 can be reached" },
		{ "--tls-cert /x", "--tls-cert and --tls-key: one is no use without the other" },
		{ "--tls-key /x", "--tls-cert and --tls-key: one is no use without the other" },
		{ "--token-file=", "--token-file: \"\" is not a file" },
		{ "--token-file /t --http 0.0.0.0:80", "--http: 0.0.0.0:80 can be reached" },
		{ "--tls-cert /c --tls-key /k --http 0.0.0.0:80", "--http: 0.0.0.0:80 can be" },
		{ "--token-file /t --tls-cert /c --tls-key /k --syslog 0.0.0.0:1",
			"syslog has neither token nor TLS" },
		{ "--prot 1", "--prot: no such option" },
		{ "--http", "--http: a value is missing" },
		{ "more", "more: not an option" },
	};
	char said[8192];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(parse(rows[i].line), 2, "%s", rows[i].line);
	fflush(stderr);
	FILE *f = cr_get_redirected_stderr();
	size_t n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = 0;
	char *line = strtok(said, "\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++, line = strtok(NULL, "\n"))
		cr_assert(line && strstr(line, rows[i].said), "%s: %s", rows[i].line,
			line ? line : "nothing");
	cr_expect_null(line, "one line each");
}

Test(serve_options, put_data_where_users_keep_it)
{
	char dir[256];
	if (geteuid() == 0) {
		cr_expect_eq(lsp_serve_default_data_dir(dir, sizeof(dir)), 0);
		cr_expect_str_eq(dir, "/var/lib/linespan");
		cr_assert_eq(seteuid(65534), 0);
	}
	setenv("XDG_DATA_HOME", "/xdg", 1);
	setenv("HOME", "/home/someone", 1);
	cr_expect_eq(lsp_serve_default_data_dir(dir, sizeof(dir)), 0);
	cr_expect_str_eq(dir, "/xdg/linespan");
	setenv("XDG_DATA_HOME", "relative", 1);
	cr_expect_eq(lsp_serve_default_data_dir(dir, sizeof(dir)), 0);
	cr_expect_str_eq(dir, "/home/someone/.local/share/linespan");
	cr_expect_eq(lsp_serve_default_data_dir(dir, 10), -ENAMETOOLONG);
	unsetenv("HOME");
	cr_expect_eq(lsp_serve_default_data_dir(dir, sizeof(dir)), -ENOENT);
}
