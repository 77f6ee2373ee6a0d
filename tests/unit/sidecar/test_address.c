#include "sidecar/address.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

Test(address, understands_hosts_and_ports)
{
	static const struct {
		const char *text, *meaning;
		bool loopback;
	} rows[] = {
		{ "127.0.0.1:4318", "127.0.0.1:4318", true },
		{ "127.8.9.10:0", "127.8.9.10:0", true },
		{ "localhost:80", "127.0.0.1:80", true },
		{ "LocalHost:80", "127.0.0.1:80", true },
		{ "4318", "127.0.0.1:4318", true },
		{ "0", "127.0.0.1:0", true },
		{ "[::1]:65535", "[::1]:65535", true },
		{ "[0:0:0:0:0:0:0:1]:1", "[::1]:1", true },
		{ "[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", true },
		{ "0.0.0.0:1", "0.0.0.0:1", false },
		{ "128.0.0.1:1", "128.0.0.1:1", false },
		{ "10.0.0.1:1", "10.0.0.1:1", false },
		{ "[::]:1", "[::]:1", false },
		{ "[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.1]:1", false },
		{ "[fe80::1]:1", "[fe80::1]:1", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lsp_address a;
		char text[LSP_ADDRESS_CHARS] = "";
		cr_assert_eq(lsp_address_parse(&a, rows[i].text), 0, "%s", rows[i].text);
		lsp_address_format(&a, text);
		cr_expect_str_eq(text, rows[i].meaning, "%s", rows[i].text);
		cr_expect_eq(lsp_address_is_loopback(&a), rows[i].loopback, "%s", rows[i].text);
	}
}

Test(address, refuses_what_is_none)
{
	static const char *const texts[] = { "", ":", ":4318", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
		"127.0.0.1: 1", "127.0.0.1:1 ", "127.0.0.1:123456", "127.1:1", "127.0.0.256:1",
		"example.com:1", "::1:4318", "[::1]", "[::1]4318", "[::1:4318", "[]:1",
		"[127.0.0.1]:1", "[::1]:", "65536", "http://127.0.0.1:1", "1:2:3",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lsp_address a, before;
		memset(&before, 7, sizeof(before));
		a = before;
		cr_expect_eq(lsp_address_parse(&a, texts[i]), -EINVAL, "%s", texts[i]);
		cr_expect_arr_eq(&a, &before, sizeof(a), "%s", texts[i]);
	}
}

Test(address, knows_whose_host_header_it_is)
{
	static const struct {
		const char *host;
		bool ours;
	} rows[] = { { "localhost", true }, { "localhost:16686", true }, { "LOCALHOST", true },
		{ "127.0.0.1", true }, { "127.0.0.1:1", true }, { "[::1]", true },
		{ "[::1]:16686", true }, { "evil.example", false }, { "evil.example:16686", false },
		{ "localhost.evil.example", false }, { "127.0.0.1.evil.example", false },
		{ "localhost:", false }, { "localhost:x", false }, { "", false },
		{ "10.0.0.1", false }, { "localhost/x", false }, { "user@localhost", false },
		{ "::1", false } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(lsp_address_host_is_loopback(rows[i].host), rows[i].ours, "%s",
			rows[i].host);
}

Test(address, listens_and_says_which_port)
{
	struct lsp_address a, again;
	char text[LSP_ADDRESS_CHARS];
	cr_assert_eq(lsp_address_parse(&a, "127.0.0.1:0"), 0);
	int fd = lsp_address_listen(&a);
	cr_assert_geq(fd, 0);
	cr_expect_neq(a.v4.sin_port, 0);
	lsp_address_format(&a, text);
	cr_assert_eq(lsp_address_parse(&again, text), 0);
	cr_expect_eq(lsp_address_listen(&again), -EADDRINUSE);
	close(fd);
}
