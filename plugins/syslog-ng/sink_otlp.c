/* The OTLP way: one request a batch; a 200 says that the sidecar has it on its disk. */
#include "sink.h"
#include "otlp_request.h"

#include <curl/curl.h>
#include <errno.h>

#define CONNECT_MS  3000L
#define REQUEST_MS  30000L
#define BODY_MAX    (128u << 20)
#define LOGS_PATH   "/v1/logs"
#define STATUS_OK   200
#define STATUS_BUSY 429

struct otlp_sink {
	struct lsp_sink super;
	struct lsp_otlp_request request;
	struct lsp_buf body;
	CURL *curl;
	struct curl_slist *headers;
	gchar *url;
};

static size_t ignore(char *at, size_t size, size_t n, void *arg)
{
	return size * n;
}

static gint put(struct lsp_sink *super, const struct lsp_ng_record *r)
{
	struct otlp_sink *s = (struct otlp_sink *)super;
	gint rc = lsp_otlp_request_add(&s->request, r);

	if (rc) {
		g_snprintf(super->why, sizeof(super->why), "%s", g_strerror(-rc));
		return rc;
	}
	return s->request.bytes >= LSP_OTLP_REQUEST_BYTES;
}

static gint post(struct otlp_sink *s)
{
	glong status = 0;
	CURLcode rc;

	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, s->body.at);
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body.len);
	rc = curl_easy_perform(s->curl);
	if (rc != CURLE_OK) {
		g_snprintf(s->super.why, sizeof(s->super.why), "%s: %s", s->url,
			curl_easy_strerror(rc));
		return -EAGAIN;
	}
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == STATUS_OK)
		return 0;
	g_snprintf(s->super.why, sizeof(s->super.why), "%s: answered %ld", s->url, status);
	/* What a receiver does not understand now it will not understand later. */
	return status == 400 || status == 413 || status == 415 ? -EBADMSG : -EAGAIN;
}

static gint flush(struct lsp_sink *super, gint batch_size)
{
	struct otlp_sink *s = (struct otlp_sink *)super;
	gint rc = 0;

	if (s->request.n_groups == 0)
		return 0;
	lsp_buf_clear(&s->body);
	if (lsp_otlp_request_encode(&s->request, &s->body) == 0) {
		rc = post(s);
	} else {
		g_snprintf(super->why, sizeof(super->why), "no memory for a request");
		rc = -EAGAIN;
	}
	lsp_otlp_request_clear(&s->request);
	return rc;
}

static void release(struct lsp_sink *super)
{
	struct otlp_sink *s = (struct otlp_sink *)super;

	curl_easy_cleanup(s->curl);
	curl_slist_free_all(s->headers);
	lsp_otlp_request_release(&s->request);
	lsp_buf_release(&s->body);
	g_free(s->url);
	g_free(s);
}

static const struct lsp_sink_ops ops = { put, flush, release };

static void set_options(struct otlp_sink *s)
{
	s->headers = curl_slist_append(NULL, "Content-Type: application/x-protobuf");
	s->headers = curl_slist_append(s->headers, "Expect:");
	curl_easy_setopt(s->curl, CURLOPT_URL, s->url);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, s->headers);
	curl_easy_setopt(s->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, REQUEST_MS);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, ignore);
}

struct lsp_sink *lsp_sink_otlp_new(const gchar *url, gchar why[256])
{
	struct otlp_sink *s = g_new0(struct otlp_sink, 1);
	gsize n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		n--;
	s->super.ops = &ops;
	s->curl = curl_easy_init();
	if (!s->curl) {
		g_snprintf(why, 256, "url(): no memory for a connection");
		g_free(s);
		return NULL;
	}
	s->url = g_strdup_printf(
		"%.*s%s", (gint)n, url, g_str_has_suffix(url, LOGS_PATH) ? "" : LOGS_PATH);
	lsp_otlp_request_init(&s->request);
	lsp_buf_init(&s->body, BODY_MAX);
	set_options(s);
	return &s->super;
}
