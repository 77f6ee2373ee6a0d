#include "forward.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *lsp_forward_add_url(struct lsp_forward_config *c, const char *value)
{
	CURLU *u = curl_url();
	const char *wrong = NULL;
	char *scheme = NULL;
	if (!u)
		return "no memory";
	if (curl_url_set(u, CURLUPART_URL, value, 0) ||
		curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
		(strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
		strpbrk(value, "?# \t\r\n"))
		wrong = "an address of an OTLP/HTTP backend (http://HOST:4318, https://HOST/PATH)";
	else if (c->n_urls == LSP_FORWARDS_MAX)
		wrong = "taken: there are 8 already";
	else
		c->urls[c->n_urls++] = value;
	curl_free(scheme);
	curl_url_cleanup(u);
	return wrong;
}

static bool is_name(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)at[i]) && !strchr("!#$%&'*+-.^_`|~", at[i]))
			return false;
	return n > 0;
}

/* Those that the request itself needs. */
static bool is_ours(const char *name, size_t n)
{
	static const char *const names[] = { "content-type", "content-encoding", "content-length",
		"transfer-encoding", "host", "expect", "connection" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], name, n) == 0)
			return true;
	return false;
}

static const char *add(struct lsp_forward_config *c, const char *name, size_t n_name,
	const char *value, size_t n_value, int of)
{
	char *text;
	if (!is_name(name, n_name))
		return "NAME=VALUE";
	if (is_ours(name, n_name))
		return "a header to choose: requests have their own";
	for (size_t i = 0; i < n_value; i++)
		if (iscntrl((unsigned char)value[i]) && value[i] != '\t')
			return "a header's value: it holds control characters";
	if (c->n_headers == LSP_FORWARD_HEADERS_MAX)
		return "taken: there are 32 already";
	/* libcurl leaves out "Name:" without a value, and sends "Name;" as an empty one. */
	if (asprintf(&text, n_value ? "%.*s: %.*s" : "%.*s;", (int)n_name, name, (int)n_value,
		    value) < 0)
		return "no memory";
	c->headers[c->n_headers].text = text;
	c->headers[c->n_headers++].of = of;
	return NULL;
}

const char *lsp_forward_add_header(struct lsp_forward_config *c, const char *value)
{
	const char *is = strchr(value, '=');
	if (!is)
		return "NAME=VALUE";
	return add(c, value, (size_t)(is - value), is + 1, strlen(is + 1), (int)c->n_urls - 1);
}

/* In place; what is no escape stays as it is. Returns the length. */
static size_t decode(char *text, size_t n)
{
	size_t to = 0;
	for (size_t i = 0; i < n; i++) {
		char hex[3] = "";
		if (text[i] == '%' && i + 2 < n && isxdigit((unsigned char)text[i + 1]) &&
			isxdigit((unsigned char)text[i + 2])) {
			memcpy(hex, text + i + 1, 2);
			i += 2;
		}
		text[to++] = hex[0] ? (char)strtoul(hex, NULL, 16) : text[i];
	}
	return to;
}

const char *lsp_forward_add_headers(struct lsp_forward_config *c, const char *list)
{
	const char *wrong = NULL;
	char *copy = strdup(list), *rest = copy;
	if (!copy)
		return "no memory";
	for (char *one; !wrong && (one = strsep(&rest, ","));) {
		one += strspn(one, " \t");
		size_t n = strlen(one), n_name = strcspn(one, "=");
		while (n && (one[n - 1] == ' ' || one[n - 1] == '\t'))
			n--;
		if (n == 0)
			continue;
		if (n_name >= n)
			wrong = "NAME=VALUE,NAME=VALUE";
		else
			wrong = add(c, one, n_name, one + n_name + 1,
				decode(one + n_name + 1, n - n_name - 1), -1);
	}
	free(copy);
	return wrong;
}

bool lsp_forward_is_at(const char *url, const struct lsp_address *address)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL, text[LSP_ADDRESS_CHARS], own[LSP_ADDRESS_CHARS];
	struct lsp_address a;
	bool is = false;
	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == 0 &&
		curl_url_get(u, CURLUPART_HOST, &host, 0) == 0 &&
		curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == 0) {
		snprintf(text, sizeof(text), "%.40s:%.6s", host, port);
		lsp_address_format(address, own);
		/* Where everybody is listened to, loopback is, too. */
		bool same_host = lsp_address_parse(&a, text) == 0 &&
				 (lsp_address_is_loopback(&a) || strcmp(text, own) == 0);
		is = same_host && strcmp(strrchr(own, ':') + 1, port) == 0;
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return is;
}
