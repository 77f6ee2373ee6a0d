#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_S         60
#define CONNECT_TIMEOUT_S 5
#define ERROR_BYTES_MAX   4096

/* ---- what errors mean ------------------------------------------------------------------------ */

unsigned lsp_click_error_code(const char *answer)
{
	const char *at = answer ? strstr(answer, "Code: ") : NULL;

	return at ? (unsigned)strtoul(at + 6, NULL, 10) : 0;
}

static const struct {
	unsigned code;
	enum lsp_click_fate fate;
} fates[] = {
	{ 16, LSP_CLICK_MISSING }, /* no such column in table */
	{ 60, LSP_CLICK_MISSING }, /* unknown table */
	{ 81, LSP_CLICK_MISSING }, /* unknown database */
	{ 159, LSP_CLICK_BUSY }, /* timeout exceeded */
	{ 160, LSP_CLICK_BUSY }, /* too slow */
	{ 164, LSP_CLICK_BUSY }, /* read-only for now */
	{ 173, LSP_CLICK_BUSY }, /* cannot allocate memory */
	{ 192, LSP_CLICK_DENIED }, /* unknown user */
	{ 193, LSP_CLICK_DENIED }, /* wrong password */
	{ 194, LSP_CLICK_DENIED }, /* password required */
	{ 202, LSP_CLICK_BUSY }, /* too many simultaneous queries */
	{ 203, LSP_CLICK_BUSY }, /* no free connection */
	{ 209, LSP_CLICK_SHARD }, /* socket timeout */
	{ 210, LSP_CLICK_SHARD }, /* network error */
	{ 225, LSP_CLICK_BUSY }, /* no ZooKeeper */
	{ 236, LSP_CLICK_BUSY }, /* aborted: the server stops */
	{ 241, LSP_CLICK_BUSY }, /* memory limit */
	{ 242, LSP_CLICK_BUSY }, /* table is read only */
	{ 243, LSP_CLICK_BUSY }, /* not enough space */
	{ 252, LSP_CLICK_BUSY }, /* too many parts */
	{ 279, LSP_CLICK_SHARD }, /* all connection tries failed */
	{ 285, LSP_CLICK_BUSY }, /* too few live replicas */
	{ 286, LSP_CLICK_BUSY }, /* unsatisfied quorum */
	{ 319, LSP_CLICK_BUSY }, /* unknown status of insert */
	{ 394, LSP_CLICK_BUSY }, /* query was cancelled */
	{ 439, LSP_CLICK_BUSY }, /* cannot schedule a task */
	{ 497, LSP_CLICK_DENIED }, /* not enough rights */
	{ 516, LSP_CLICK_DENIED }, /* authentication failed */
	{ 999, LSP_CLICK_BUSY }, /* Keeper */
};

enum lsp_click_fate lsp_click_error_fate(unsigned code)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++)
		if (fates[i].code == code)
			return fates[i].fate;
	return LSP_CLICK_POISON;
}

int lsp_click_errno(enum lsp_click_fate fate)
{
	switch (fate) {
	case LSP_CLICK_OK:
		return 0;
	case LSP_CLICK_AWAY:
	case LSP_CLICK_SHARD:
		return -EHOSTDOWN;
	case LSP_CLICK_DENIED:
		return -EACCES;
	case LSP_CLICK_BUSY:
	case LSP_CLICK_MISSING:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

/* ---- one request ----------------------------------------------------------------------------- */

struct answer {
	CURL *curl;
	struct lsp_buf *out;
	struct lsp_buf error;
	bool overflow;
};

static size_t take_answer(char *at, size_t size, size_t n, void *arg)
{
	struct answer *a = arg;
	long status = 0;

	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		(void)lsp_buf_add(&a->error, at, size * n);
	else if (a->out && lsp_buf_add(a->out, at, size * n)) {
		a->overflow = true;
		return 0;
	}
	return size * n;
}

static CURL *take_handle(struct lsp_click_http *h)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&h->lock);
	if (h->n_idle)
		curl = h->idle[--h->n_idle];
	pthread_mutex_unlock(&h->lock);
	return curl ? curl : curl_easy_init();
}

static void give_handle(struct lsp_click_http *h, CURL *curl)
{
	curl_easy_reset(curl); /* its connection stays open */
	pthread_mutex_lock(&h->lock);
	if (h->n_idle < LSP_CLICK_HANDLES) {
		h->idle[h->n_idle++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&h->lock);
	curl_easy_cleanup(curl);
}

static char *make_url(const struct lsp_click_http *h, CURL *curl, const struct lsp_click_request *r)
{
	char *sql = r->body.len ? curl_easy_escape(curl, r->sql, 0) : NULL, *url = NULL;

	if (asprintf(&url, "%s?%s%s%s%s%s", h->base,
		    r->no_database ? "" : "database=", r->no_database ? "" : h->database,
		    sql ? "&query=" : "", sql ? sql : "", r->settings ? r->settings : "") < 0)
		url = NULL;
	curl_free(sql);
	return url;
}

static void set_options(const struct lsp_click_http *h, CURL *curl, const char *url,
	const struct lsp_click_request *r, struct answer *a)
{
	struct lsp_slice body = r->body.len ? r->body : lsp_slice_of(r->sql);

	a->curl = curl;
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.at);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, r->timeout_s ? r->timeout_s : (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* http_proxy is for the way out */
	if (h->user) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERNAME, h->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, h->password ? h->password : "");
	}
}

static enum lsp_click_fate judge(const struct lsp_click_http *h, CURLcode code, CURL *curl,
	const struct answer *a, char why[LSP_CLICK_WHY])
{
	long status = 0;
	unsigned number;

	if (a->overflow) {
		snprintf(why, LSP_CLICK_WHY, "%s answers more than is taken", h->base);
		return LSP_CLICK_POISON;
	}
	if (code != CURLE_OK) {
		snprintf(why, LSP_CLICK_WHY, "%s: %s", h->base, curl_easy_strerror(code));
		return LSP_CLICK_AWAY;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		return LSP_CLICK_OK;
	snprintf(why, LSP_CLICK_WHY, "%s answers %ld: %.300s", h->base, status,
		a->error.at ? a->error.at : "");
	why[strcspn(why, "\n")] = 0;
	number = lsp_click_error_code(a->error.at);
	if (number == 0) /* a proxy's answer */
		return status == 401 || status == 403 ? LSP_CLICK_DENIED : LSP_CLICK_BUSY;
	return lsp_click_error_fate(number);
}

enum lsp_click_fate lsp_click_http_send(struct lsp_click_http *h, const struct lsp_click_request *r,
	struct lsp_buf *out, char why[LSP_CLICK_WHY])
{
	CURL *curl = take_handle(h);
	char *url = curl ? make_url(h, curl, r) : NULL;
	static const char *const no_expect[] = { "Expect:" };
	struct curl_slist *headers = curl_slist_append(NULL, no_expect[0]);
	struct answer a = { .out = out };
	enum lsp_click_fate fate = LSP_CLICK_BUSY;
	CURLcode code;

	lsp_buf_init(&a.error, ERROR_BYTES_MAX);
	snprintf(why, LSP_CLICK_WHY, "out of memory");
	if (url && headers) {
		set_options(h, curl, url, r, &a);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		code = curl_easy_perform(curl);
		fate = judge(h, code, curl, &a, why);
	}
	curl_slist_free_all(headers);
	free(url);
	if (curl)
		give_handle(h, curl);
	lsp_buf_release(&a.error);
	return fate;
}
