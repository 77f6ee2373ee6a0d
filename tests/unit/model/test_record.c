#include "lib/model/record.h"

#include <criterion/criterion.h>

Test(record, names_numbers_and_survives_unknown_ones)
{
	cr_expect_str_eq(lsp_intake_name(LSP_INTAKE_OTLP), "otlp");
	cr_expect_str_eq(lsp_intake_name(LSP_INTAKE_ZIPKIN), "zipkin");
	cr_expect_str_eq(lsp_intake_name(LSP_INTAKE_N), "");
	cr_expect_str_eq(lsp_kind_name(LSP_KIND_SERVER), "server");
	cr_expect_str_eq(lsp_kind_name(LSP_KIND_CONSUMER), "consumer");
	cr_expect_str_eq(lsp_kind_name(6), "unspecified");
	cr_expect_str_eq(lsp_status_name(LSP_STATUS_ERROR), "error");
	cr_expect_str_eq(lsp_status_name(3), "unset");
}

Test(record, keeps_the_numbers_that_are_stored)
{
	cr_expect_eq(LSP_INTAKE_OTLP, 0);
	cr_expect_eq(LSP_INTAKE_RING, 1);
	cr_expect_eq(LSP_INTAKE_SYSLOG, 2);
	cr_expect_eq(LSP_INTAKE_FILE, 3);
	cr_expect_eq(LSP_INTAKE_ZIPKIN, 4);
}

static const struct {
	unsigned number;
	const char *name;
} severities[] = { { 1, "TRACE" }, { 4, "TRACE" }, { 5, "DEBUG" }, { 8, "DEBUG" }, { 9, "INFO" },
	{ 12, "INFO" }, { 13, "WARN" }, { 16, "WARN" }, { 17, "ERROR" }, { 20, "ERROR" },
	{ 21, "FATAL" }, { 24, "FATAL" } };

Test(record, names_severities_in_fours)
{
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
		cr_expect_str_eq(lsp_severity_name(severities[i].number), severities[i].name);
	cr_expect_null(lsp_severity_name(0));
	cr_expect_null(lsp_severity_name(25));
}

static const struct {
	const char *word;
	unsigned number;
} words[] = { { "trace", 1 }, { "DEBUG", 5 }, { "dbg", 5 }, { "Info", 9 }, { "notice", 10 },
	{ "warn", 13 }, { "WARNING", 13 }, { "err", 17 }, { "eRRoR", 17 }, { "severe", 17 },
	{ "crit", 18 }, { "critical", 18 }, { "alert", 19 }, { "fatal", 21 }, { "panic", 21 },
	{ "emerg", 21 }, { "", 0 }, { "warnings", 0 }, { "er", 0 }, { "errors", 0 },
	{ "high", 0 } };

Test(record, reads_severity_words_whole_and_in_any_case)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_expect_eq(lsp_severity_of(lsp_slice_of(words[i].word)), words[i].number, "%s",
			words[i].word);
	cr_expect_eq(lsp_severity_of((struct lsp_slice){ NULL, 0 }), 0);
}

Test(record, takes_numbers_of_severities_from_people)
{
	static const struct {
		const char *text;
		unsigned number;
	} asked[] = { { "1", 1 }, { "17", 17 }, { "24", 24 }, { "25", 0 }, { "0", 0 }, { "", 0 },
		{ "017", 0 }, { "-1", 0 }, { "1x", 0 }, { "warn", 13 }, { "ERROR", 17 } };
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		cr_expect_eq(lsp_severity_parse(lsp_slice_of(asked[i].text)), asked[i].number, "%s",
			asked[i].text);
}
