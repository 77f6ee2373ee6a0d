/* clickhouse:http://USER[:PASSWORD]@HOST:PORT/DATABASE */
#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static char *part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(u, what, &text, flags) != CURLUE_OK)
		return NULL;
	copy = strdup(text);
	curl_free(text);
	return copy;
}

/* A name goes into SQL as it is. */
static bool is_name(const char *s)
{
	return *s && strlen(s) <= 64 &&
	       s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == 0;
}

/* curl's own idea of a port is 80. */
static const char *port_or_default(CURLU *u, const char *port, const char *scheme)
{
	char *given = NULL;
	bool has = curl_url_get(u, CURLUPART_PORT, &given, 0) == CURLUE_OK;

	curl_free(given);
	return has ? port : strcmp(scheme, "https") == 0 ? "8443" : "8123";
}

static int take_parts(struct lsp_click_http *h, CURLU *u, char why[LSP_CLICK_WHY])
{
	char *scheme = part(u, CURLUPART_SCHEME, 0), *host = part(u, CURLUPART_HOST, 0);
	char *port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	char *path = part(u, CURLUPART_PATH, CURLU_URLDECODE);
	int rc = scheme && host && port && path ? 0 : -ENOMEM;

	h->user = part(u, CURLUPART_USER, CURLU_URLDECODE);
	h->password = part(u, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if (rc == 0 && strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		rc = -EINVAL;
	h->database = strdup(rc == 0 && path[1] ? path + 1 : "default");
	if (rc == 0 && h->database && !is_name(h->database)) {
		snprintf(why, LSP_CLICK_WHY,
			"store clickhouse: \"%s\" is no name of a database; use letters, digits "
			"and _",
			h->database);
		rc = -EDOM;
	}
	if (rc == 0 && (!h->database || asprintf(&h->base, "%s://%s:%s/", scheme, host,
						port_or_default(u, port, scheme)) < 0))
		rc = -ENOMEM;
	free(scheme);
	free(host);
	free(port);
	free(path);
	return rc;
}

int lsp_click_http_init(struct lsp_click_http *h, const char *url, char why[LSP_CLICK_WHY])
{
	CURLU *u;
	int rc = -EINVAL;

	memset(h, 0, sizeof(*h));
	curl_global_init(CURL_GLOBAL_DEFAULT);
	u = curl_url();
	if (!u)
		return -ENOMEM;
	if (curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK)
		rc = take_parts(h, u, why);
	curl_url_cleanup(u);
	if (rc == -EINVAL)
		snprintf(why, LSP_CLICK_WHY,
			"store clickhouse: cannot be understood; write "
			"clickhouse:http://USER@HOST:8123/DATABASE");
	rc = rc == -EDOM ? -EINVAL : rc;
	pthread_mutex_init(&h->lock, NULL);
	if (rc)
		lsp_click_http_release(h);
	return rc;
}

void lsp_click_http_release(struct lsp_click_http *h)
{
	for (size_t i = 0; i < h->n_idle; i++)
		curl_easy_cleanup(h->idle[i]);
	free(h->base);
	free(h->database);
	free(h->user);
	free(h->password);
	pthread_mutex_destroy(&h->lock);
	memset(h, 0, sizeof(*h));
}
