#include "lib/core/settings.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct lsp_settings load(const char *const *envp)
{
	struct lsp_settings s;

	memset(&s, 0x5a, sizeof(s));
	lsp_settings_load(&s, (char *const *)envp, "program");
	return s;
}

static struct lsp_settings load_one(const char *variable)
{
	const char *envp[] = { variable, NULL };

	return load(envp);
}

/* --propagate: who is meant, in the contract's four forms. */
Test(settings, names_of_receivers)
{
	static const char *const good[] = { "", "all", "loopback", "shop:80", "[::1]:8080",
		"127.0.0.1:1,pay.example:65535,loopback", "pay.example" };
	static const char *const bad[] = { "shop", "shop:", ":80", "shop:0", "shop:65536",
		"shop:http", "a:1,", ",a:1", "a:1,,b:2", "http://shop:80", "a b:1", "ALL" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_expect(lsp_settings_value_ok(LSP_SETTING_PROPAGATE, good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_not(lsp_settings_value_ok(LSP_SETTING_PROPAGATE, bad[i]), "%s", bad[i]);
}

Test(settings, an_empty_environment_gives_the_defaults)
{
	struct lsp_settings s = load((const char *[]){ NULL });

	cr_expect_not(s.enabled);
	cr_expect_eq(s.stdout_mode, LSP_AUTO);
	cr_expect_eq(s.stderr_mode, LSP_ON);
	cr_expect_eq(s.format, LSP_FORMAT_AUTO);
	cr_expect_eq(s.fields, LSP_FIELDS_OTEL);
	cr_expect_eq(s.context, LSP_CONTEXT_AUTO);
	cr_expect_eq(s.spans, LSP_AUTO);
	cr_expect_eq(s.children, LSP_CHILDREN_NONE);
	cr_expect_eq(s.errors, LSP_ERRORS_ON);
	cr_expect_eq(s.bad, 0);
	cr_expect_str_eq(s.service, "program");
	cr_expect_str_eq(s.log_files, LSP_LOG_FILES_DEFAULT);
	cr_expect_str_eq(s.propagate, "");
	cr_expect_str_eq(s.debug, "");
	cr_expect_str_eq(s.gcp_project, "");
	cr_expect_str_eq(s.journal_stream, "");
	cr_expect_neq(s.dir[0], 0);
	lsp_settings_load(&s, NULL, NULL);
	cr_expect_str_eq(s.service, "");
}

#define MEMBER(name) offsetof(struct lsp_settings, name)

static const struct {
	const char *variable;
	size_t member;
	uint8_t value;
	uint32_t bad;
} words[] = {
	{ "LINESPAN=1", MEMBER(enabled), 1, 0 },
	{ "LINESPAN=0", MEMBER(enabled), 0, 0 },
	{ "LINESPAN=true", MEMBER(enabled), 0, 0 },
	{ "LINESPAN=11", MEMBER(enabled), 0, 0 },
	{ "LINESPAN=", MEMBER(enabled), 0, 0 },
	{ "LINESPAN_STDOUT=on", MEMBER(stdout_mode), LSP_ON, 0 },
	{ "LINESPAN_STDOUT=off", MEMBER(stdout_mode), LSP_OFF, 0 },
	{ "LINESPAN_STDOUT=auto", MEMBER(stdout_mode), LSP_AUTO, 0 },
	{ "LINESPAN_STDOUT=", MEMBER(stdout_mode), LSP_AUTO, 0 },
	{ "LINESPAN_STDOUT=On", MEMBER(stdout_mode), LSP_AUTO, 1 },
	{ "LINESPAN_STDOUT=o", MEMBER(stdout_mode), LSP_AUTO, 1 },
	{ "LINESPAN_STDOUT=on|off", MEMBER(stdout_mode), LSP_AUTO, 1 },
	{ "LINESPAN_STDOUT=on ", MEMBER(stdout_mode), LSP_AUTO, 1 },
	{ "LINESPAN_STDERR=off", MEMBER(stderr_mode), LSP_OFF, 0 },
	{ "LINESPAN_STDERR=auto", MEMBER(stderr_mode), LSP_ON, 1 },
	{ "LINESPAN_FORMAT=suffix", MEMBER(format), LSP_FORMAT_SUFFIX, 0 },
	{ "LINESPAN_FORMAT=prefix", MEMBER(format), LSP_FORMAT_PREFIX, 0 },
	{ "LINESPAN_FORMAT=json", MEMBER(format), LSP_FORMAT_JSON, 0 },
	{ "LINESPAN_FORMAT=none", MEMBER(format), LSP_FORMAT_NONE, 0 },
	{ "LINESPAN_FORMAT=xml", MEMBER(format), LSP_FORMAT_AUTO, 1 },
	{ "LINESPAN_FIELDS=ecs", MEMBER(fields), LSP_FIELDS_ECS, 0 },
	{ "LINESPAN_FIELDS=datadog", MEMBER(fields), LSP_FIELDS_DATADOG, 0 },
	{ "LINESPAN_FIELDS=gcp", MEMBER(fields), LSP_FIELDS_GCP, 0 },
	{ "LINESPAN_CONTEXT=published", MEMBER(context), LSP_CONTEXT_PUBLISHED, 0 },
	{ "LINESPAN_CONTEXT=env", MEMBER(context), LSP_CONTEXT_ENV, 0 },
	{ "LINESPAN_CONTEXT=off", MEMBER(context), LSP_CONTEXT_OFF, 0 },
	{ "LINESPAN_SPANS=on", MEMBER(spans), LSP_ON, 0 },
	{ "LINESPAN_SPANS=off", MEMBER(spans), LSP_OFF, 0 },
	{ "LINESPAN_CHILDREN=inherit", MEMBER(children), LSP_CHILDREN_INHERIT, 0 },
	{ "LINESPAN_DEEPBIND=keep", MEMBER(deepbind), LSP_DEEPBIND_KEEP, 0 },
	{ "LINESPAN_DEEPBIND=strip", MEMBER(deepbind), LSP_DEEPBIND_STRIP, 0 },
	{ "LINESPAN_DEEPBIND=yes", MEMBER(deepbind), LSP_DEEPBIND_AUTO, 1 },
	{ "LINESPAN_ERRORS=ring", MEMBER(errors), LSP_ERRORS_RING, 0 },
	{ "LINESPAN_ERRORS=off", MEMBER(errors), LSP_ERRORS_OFF, 0 },
};

Test(settings, a_word_is_understood_or_counted)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct lsp_settings s = load_one(words[i].variable);

		cr_expect_eq(
			((uint8_t *)&s)[words[i].member], words[i].value, "%s", words[i].variable);
		cr_expect_eq(s.bad, words[i].bad, "%s", words[i].variable);
	}
}

/* Each word of the table is the value of the enum at its place. */
Test(settings, the_tables_words_are_the_names_of_the_formats_and_fields)
{
	static const char *const formats[] = {
#define X(id, name, help) name,
		LSP_FORMAT_TABLE(X)
	};
	static const char *const fields[] = { LSP_FIELDS_TABLE(X) };
#undef X
	char variable[64];

	for (uint8_t i = 0; i < LSP_FORMAT_N; i++) {
		snprintf(variable, sizeof(variable), "LINESPAN_FORMAT=%s", formats[i]);
		cr_expect_eq(load_one(variable).format, i, "%s", variable);
	}
	for (uint8_t i = 0; i < LSP_FIELDS_N; i++) {
		snprintf(variable, sizeof(variable), "LINESPAN_FIELDS=%s", fields[i]);
		cr_expect_eq(load_one(variable).fields, i, "%s", variable);
	}
}

Test(settings, value_ok_says_what_load_understands)
{
	for (int i = 0; i < LSP_SETTING_N; i++) {
		const struct lsp_setting_def *def = &lsp_setting_defs[i];
		enum lsp_setting which = (enum lsp_setting)i;
		char variable[4096], *value;

		cr_expect_eq(lsp_settings_value_ok(which, "no such word"),
			def->kind != LSP_SETTING_WORD && which != LSP_SETTING_PROPAGATE, "%s",
			def->option);
		/* No hosts at all is a list, too. */
		cr_expect_eq(lsp_settings_value_ok(which, ""), which == LSP_SETTING_PROPAGATE, "%s",
			def->option);
		snprintf(variable, sizeof(variable), "%s=", def->variable);
		value = variable + strlen(variable);
		memset(value, 'x', 3000);
		value[3000] = 0;
		cr_expect_not(lsp_settings_value_ok(which, value), "%s", def->option);
		cr_expect_eq(load_one(variable).bad, 1, "%s", def->option);
	}
}

Test(settings, a_text_is_taken_whole_or_not_at_all)
{
	char variable[300] = "LINESPAN_SERVICE=";
	size_t at = strlen(variable), cap = sizeof(((struct lsp_settings *)0)->service);

	memset(variable + at, 's', cap);
	variable[at + cap - 1] = 0;
	cr_expect_str_eq(load_one(variable).service, variable + at);
	cr_expect(lsp_settings_value_ok(LSP_SETTING_SERVICE, variable + at));
	variable[at + cap - 1] = 's';
	variable[at + cap] = 0;
	cr_expect_str_eq(load_one(variable).service, "program");
	cr_expect_eq(load_one(variable).bad, 1);
	cr_expect_not(lsp_settings_value_ok(LSP_SETTING_SERVICE, variable + at));
}

static const struct {
	const char *envp[4];
	const char *service;
} services[] = {
	{ { "LINESPAN_SERVICE=a", "OTEL_SERVICE_NAME=b", NULL }, "a" },
	{ { "OTEL_SERVICE_NAME=b", "OTEL_RESOURCE_ATTRIBUTES=service.name=c", NULL }, "b" },
	{ { "OTEL_SERVICE_NAME=", "OTEL_RESOURCE_ATTRIBUTES=service.name=c", NULL }, "c" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=a=b,service.name=c,d=e", NULL }, "c" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=a=b, service.name=c", NULL }, "c" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.name=c%20d%2Ce", NULL }, "c d,e" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.name=c%2", NULL }, "c%2" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.name=c%", NULL }, "c%" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.name=c%zz", NULL }, "c%zz" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.name=", NULL }, "program" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=service.namespace=c", NULL }, "program" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=x.service.name=c", NULL }, "program" },
	{ { "OTEL_RESOURCE_ATTRIBUTES=,,=,", NULL }, "program" },
	{ { "XLINESPAN_SERVICE=a", "LINESPAN_SERVICEX=b", NULL }, "program" },
	{ { "LINESPAN_SERVICE=a", "LINESPAN_SERVICE=b", NULL }, "a" },
};

Test(settings, the_service_has_a_name_from_the_nearest_source)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		cr_expect_str_eq(load(services[i].envp).service, services[i].service, "%zu: %s", i,
			load(services[i].envp).service);
}

Test(settings, a_resource_name_is_cut_at_its_room_and_never_empty)
{
	char variable[1024] = "OTEL_RESOURCE_ATTRIBUTES=service.name=";
	size_t at = strlen(variable);

	memset(variable + at, 'n', 900);
	cr_expect_eq(strlen(load_one(variable).service),
		sizeof(((struct lsp_settings *)0)->service) - 1);
	strcpy(variable + at, "%00");
	cr_expect_str_eq(load_one(variable).service, "program");
}

Test(settings, the_spool_is_said_or_found)
{
	const char *runtime[] = { "XDG_RUNTIME_DIR=/run/user/7", NULL };
	const char *relative[] = { "XDG_RUNTIME_DIR=run", NULL };
	const char *said[] = { "LINESPAN_DIR=/a/b", "XDG_RUNTIME_DIR=/run/user/7", NULL };
	char path[64], tmp[64];

	snprintf(tmp, sizeof(tmp), "/tmp/linespan-%u", (unsigned)geteuid());
	cr_expect_str_eq(load(said).dir, "/a/b");
	if (access("/run/linespan", W_OK | X_OK) == 0) {
		cr_expect_str_eq(load(runtime).dir, "/run/linespan");
		return;
	}
	errno = 4711;
	cr_expect_eq(lsp_settings_default_dir(path, sizeof(path), (char *const *)runtime), 0);
	cr_expect_eq(errno, 4711);
	cr_expect_str_eq(path, "/run/user/7/linespan");
	cr_expect_eq(lsp_settings_default_dir(path, 20, (char *const *)runtime), -ENAMETOOLONG);
	cr_expect_eq(lsp_settings_default_dir(path, 21, (char *const *)runtime), 0);
	cr_expect_str_eq(load(relative).dir, tmp);
	cr_expect_str_eq(load_one(NULL).dir, tmp);
}

static const struct {
	const char *globs, *path;
	bool is_log;
} paths[] = {
	{ NULL, "/var/log/nginx/access.log", true },
	{ NULL, "/srv/app.log", true },
	{ NULL, "/srv/app.log.1", true },
	{ NULL, "/srv/logs/app", true },
	{ NULL, "/var/log/messages", true },
	{ NULL, "app.log", true },
	{ NULL, "/srv/app.txt", false },
	{ NULL, "/srv/catalog", false },
	{ NULL, "/srv/applog", false },
	{ NULL, "/srv/blog/page", false },
	{ "app.out", "/srv/deep/app.out", true },
	{ "app.out", "app.out", true },
	{ "app.out", "/srv/my-app.out", false },
	{ "app-?.out", "/srv/app-1.out", true },
	{ "/srv/*.out", "/srv/deep/app.out", true },
	{ "srv/app.out", "/srv/app.out", false },
	{ "a.out:b.out", "/b.out", true },
	{ ":::b.out:", "/b.out", true },
	{ "a.out", "/b.out", false },
	{ "[ab].out", "/b.out", true },
	{ ":", "/srv/app.log", false },
};

Test(settings, globs_say_which_files_are_logs)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char variable[64];
		struct lsp_settings s;

		snprintf(variable, sizeof(variable), "LINESPAN_LOG_FILES=%s",
			paths[i].globs ? paths[i].globs : "");
		s = load_one(variable);
		cr_expect_eq(lsp_settings_is_log_file(&s, paths[i].path), paths[i].is_log, "%s, %s",
			s.log_files, paths[i].path);
	}
}

Test(settings, what_others_set_is_read_too)
{
	const char *envp[] = { "GOOGLE_CLOUD_PROJECT=shop-1", "JOURNAL_STREAM=8:12345", NULL };
	struct lsp_settings s = load(envp);

	cr_expect_str_eq(s.gcp_project, "shop-1");
	cr_expect_str_eq(s.journal_stream, "8:12345");
}

Test(settings, options_and_variables_are_named_once)
{
	for (int i = 0; i < LSP_SETTING_N; i++) {
		const struct lsp_setting_def *a = &lsp_setting_defs[i];

		cr_expect(strncmp(a->option, "--", 2) == 0 &&
			  strncmp(a->variable, "LINESPAN_", 9) == 0 && a->help[0]);
		for (int k = 0; k < i; k++)
			cr_expect(strcmp(a->option, lsp_setting_defs[k].option) != 0 &&
				  strcmp(a->variable, lsp_setting_defs[k].variable) != 0);
	}
}
