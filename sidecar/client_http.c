#include "client_http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECT_SECONDS 5L
#define STALLED_SECONDS 60L /* without a byte */

static size_t take_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	return lsp_buf_add(arg, bytes, size * n) ? 0 : size * n;
}

static const char *said(const char *option, const char *variable)
{
	const char *value = option ? option : getenv(variable);
	return value && *value ? value : NULL;
}

int lsp_http_open(struct lsp_http_peer *ret, const char *server, const char *token_file,
	const char *ca_file, char *why, size_t cap)
{
	char reason[512];
	token_file = said(token_file, "LINESPAN_TOKEN_FILE");
	ret->server = said(server, "LINESPAN_SERVER");
	ret->server = ret->server ? ret->server : LSP_HTTP_SERVER;
	ret->ca_file = said(ca_file, "LINESPAN_CA_FILE");
	int rc = token_file ? lsp_token_read_first(ret->token, token_file, reason, sizeof(reason))
			    : 0;
	if (rc) {
		snprintf(why, cap, "--token-file: %s", reason);
		return rc;
	}
	if (ret->ca_file && access(ret->ca_file, R_OK)) {
		rc = -errno;
		snprintf(
			why, cap, "--ca-file: %s: cannot be read: %s", ret->ca_file, strerror(-rc));
	}
	return rc;
}

static CURL *prepare(struct lsp_http_peer *p, const char *url, struct lsp_buf *answer)
{
	CURL *h = p->handle;
	if (!h) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		h = p->handle = curl_easy_init();
	}
	if (!h)
		return NULL;
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	/* The sidecar of this machine is never behind somebody's http_proxy. */
	const char *host = strstr(url, "://");
	if (host && (strncmp(host, "://127.", 7) == 0 || strncmp(host, "://[::1]", 8) == 0 ||
			    strncmp(host, "://localhost", 12) == 0))
		curl_easy_setopt(h, CURLOPT_PROXY, "");
	if (p->ca_file)
		curl_easy_setopt(h, CURLOPT_CAINFO, p->ca_file);
	if (p->token[0]) {
		curl_easy_setopt(h, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(h, CURLOPT_XOAUTH2_BEARER, p->token);
	}
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, STALLED_SECONDS);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, answer);
	return h;
}

static int explain_transport(CURLcode code, const char *server, char *why, size_t cap)
{
	/* An answer that is not HTTP is an unsupported protocol to curl, too. */
	if (code == CURLE_URL_MALFORMAT ||
		(code == CURLE_UNSUPPORTED_PROTOCOL && strncmp(server, "http", 4) != 0)) {
		snprintf(why, cap, "%s: not an address of a sidecar (http://HOST:PORT)", server);
		return -EINVAL;
	}
	/* Somebody is there, but who is it? */
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
		snprintf(why, cap,
			"%s: its certificate is not trusted (%s); name who signed it with "
			"--ca-file, or use the name that it is for",
			server, curl_easy_strerror(code));
		return -EACCES;
	}
	if (code == CURLE_SSL_CONNECT_ERROR) {
		snprintf(why, cap, "%s: does not speak TLS (%s); is it http://?", server,
			curl_easy_strerror(code));
		return -ECONNREFUSED;
	}
	const char *what =
		code == CURLE_COULDNT_CONNECT ? "nobody listens there" : curl_easy_strerror(code);
	snprintf(why, cap,
		"%s: no sidecar reached (%s); start `linespan serve`, name another with --server, "
		"or read a store with --data DIR",
		server, what);
	return -ECONNREFUSED;
}

/* {"error":{"code":N,"message":"…"}}, or whatever else was there. */
static int explain_status(
	long status, const json_t *answer, const struct lsp_http_peer *p, char *why, size_t cap)
{
	const json_t *error = json_object_get(answer, "error");
	if (status == 401) {
		snprintf(why, cap, "%s: %s; name the file that holds it with --token-file",
			p->server, p->token[0] ? "this is not its token" : "it wants a token");
		return -EACCES;
	}
	const char *message = json_string_value(json_object_get(error, "message"));
	snprintf(why, cap, "%s: %s (HTTP status %ld)", p->server,
		message ? message : "no answer of a linespan sidecar", status);
	/* Another program's 404 is no word on a trace. */
	return status == 404 && error ? -ENOENT : status == 400 ? -EINVAL : -EIO;
}

int lsp_http_get(
	struct lsp_http_peer *p, const char *path, struct lsp_buf *answer, char *why, size_t cap)
{
	const char *server = p->server;
	struct lsp_buf url;
	lsp_buf_init(&url, 64 * 1024);
	size_t len = strlen(server);
	while (len && server[len - 1] == '/')
		len--;
	int rc = lsp_buf_printf(&url, "%.*s%s", (int)len, server, path);
	CURL *h = rc ? NULL : prepare(p, url.at, answer);
	if (!h) {
		snprintf(why, cap, "%s: cannot be asked: %s", server, strerror(rc ? -rc : ENOMEM));
		lsp_buf_release(&url);
		return rc ? rc : -ENOMEM;
	}
	CURLcode code = curl_easy_perform(h);
	long status = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	lsp_buf_release(&url);
	if (code != CURLE_OK)
		return explain_transport(code, server, why, cap);
	if (status == 200 && answer->len)
		return 0;
	json_t *json = json_loadb(answer->at ? answer->at : "", answer->len, JSON_ALLOW_NUL, NULL);
	rc = explain_status(status, json, p, why, cap);
	json_decref(json);
	return rc;
}

int lsp_http_get_json(
	struct lsp_http_peer *p, const char *path, json_t **ret, char *why, size_t cap)
{
	struct lsp_buf answer;
	lsp_buf_init(&answer, LSP_HTTP_ANSWER_BYTES_MAX);
	int rc = lsp_http_get(p, path, &answer, why, cap);
	json_t *json = rc ? NULL : json_loadb(answer.at, answer.len, JSON_ALLOW_NUL, NULL);
	if (json)
		*ret = json;
	else if (rc == 0)
		rc = explain_status(200, NULL, p, why, cap);
	lsp_buf_release(&answer);
	return rc;
}

int lsp_http_post_json(
	struct lsp_http_peer *p, const char *path, struct lsp_slice body, char *why, size_t cap)
{
	const char *server = p->server;
	struct lsp_buf url, answer;
	long status = 0;
	lsp_buf_init(&url, 4096);
	lsp_buf_init(&answer, LSP_HTTP_ANSWER_BYTES_MAX);
	int rc = lsp_buf_printf(&url, "%s%s", server, path);
	CURL *h = rc ? NULL : prepare(p, url.at, &answer);
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (h && headers) {
		curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.at);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
		CURLcode code = curl_easy_perform(h);
		curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
		if (code)
			rc = explain_transport(code, server, why, cap);
	} else {
		rc = rc ? rc : -ENOMEM;
	}
	if (rc == 0 && status == 401) {
		rc = explain_status(status, NULL, p, why, cap);
	} else if (rc == 0 && status != 200) {
		snprintf(why, cap, "%s answers %ld: %.200s", server, status,
			answer.len ? answer.at : "");
		rc = status == 429 || status == 503   ? -EAGAIN
		     : status == 400 || status == 413 ? -EBADMSG
						      : -EPROTO;
	}
	curl_slist_free_all(headers);
	lsp_buf_release(&url);
	lsp_buf_release(&answer);
	return rc;
}

void lsp_http_close(struct lsp_http_peer *p)
{
	if (p->handle)
		curl_easy_cleanup(p->handle);
	p->handle = NULL;
}

int lsp_http_add_parameter(struct lsp_buf *path, const char *name, const char *value)
{
	bool first = !path->at || !memchr(path->at, '?', path->len);
	int rc = lsp_buf_printf(path, "%c%s=", first ? '?' : '&', name);
	for (; rc == 0 && *value; value++) {
		unsigned char c = (unsigned char)*value;
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			     strchr("-._~", c);
		rc = plain ? lsp_buf_add(path, value, 1) : lsp_buf_printf(path, "%%%02X", c);
	}
	return rc;
}
