/* One request to a backend: OTLP/HTTP in protobuf, gzip. */
#include "forward_target.h"
#include "../lib/wire/otlp_proto.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#define CONNECT_SECONDS   5L
#define REQUEST_SECONDS   60L
#define ANSWER_BYTES_MAX  (4u << 20) /* as the specification has it */
#define RETRY_AFTER_MAX_S 600
#define GZIP_WINDOW       (15 + 16) /* zlib's way of saying gzip */
#define GZIP_LEVEL        1

static size_t take_answer(char *bytes, size_t size, size_t n, void *arg)
{
	return lsp_buf_add(arg, bytes, size * n) ? 0 : size * n;
}

/* The end of the program does not wait for a backend that does not answer. */
static int look_up(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct lsp_forward_target *t = arg;
	uint64_t stop_ms = t->stop_ms;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return stop_ms && lsp_forward_now_ms() >= stop_ms;
}

static int add_header(struct lsp_forward_target *t, const char *text)
{
	struct curl_slist *more = curl_slist_append(t->headers, text);
	if (!more)
		return -ENOMEM;
	t->headers = more;
	return 0;
}

int lsp_forward_http_init(
	struct lsp_forward_target *t, const struct lsp_forward_config *c, int index)
{
	static const char *const own[] = { "Content-Type: application/x-protobuf",
		"Content-Encoding: gzip", "Expect:", "Accept:" };
	int rc = 0;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	t->curl = curl_easy_init();
	for (size_t i = 0; rc == 0 && i < sizeof(own) / sizeof(own[0]); i++)
		rc = add_header(t, own[i]);
	for (size_t i = 0; rc == 0 && i < c->n_headers; i++)
		if (c->headers[i].of < 0 || c->headers[i].of == index)
			rc = add_header(t, c->headers[i].text);
	if (!t->curl || rc)
		return -ENOMEM;
	curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "linespan/" LINESPAN_VERSION_TEXT);
	curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(t->curl, CURLOPT_TIMEOUT, REQUEST_SECONDS);
	curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, &t->answer);
	curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, look_up);
	curl_easy_setopt(t->curl, CURLOPT_XFERINFODATA, t);
	if (c->ca_file)
		curl_easy_setopt(t->curl, CURLOPT_CAINFO, c->ca_file);
	lsp_buf_init(&t->answer, ANSWER_BYTES_MAX);
	return 0;
}

void lsp_forward_http_release(struct lsp_forward_target *t)
{
	if (t->curl)
		curl_easy_cleanup(t->curl);
	curl_slist_free_all(t->headers);
	lsp_buf_release(&t->answer);
	lsp_buf_release(&t->packed);
}

static int pack(struct lsp_buf *out, const struct lsp_buf *from)
{
	z_stream z = { .next_in = (Bytef *)from->at, .avail_in = (uInt)from->len };
	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	uLong most = deflateBound(&z, from->len);
	lsp_buf_init(out, most);
	char *to = lsp_buf_reserve(out, most);
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)most;
	int rc = to && deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -ENOMEM;
	out->len = rc ? 0 : (size_t)z.total_out;
	deflateEnd(&z);
	return rc;
}

/* What the backend says for itself, as far as it is text. */
static void read_answer(const struct lsp_forward_target *t, struct lsp_forward_answer *ret)
{
	struct lsp_otlp_result result = { 0 };
	struct lsp_slice body = { t->answer.at, t->answer.len };
	const char *type = NULL;
	curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type);
	bool is_proto = type && strncmp(type, "application/x-protobuf", 22) == 0;
	if (ret->status / 100 == 2) {
		if (is_proto && lsp_otlp_proto_parse_response(body, &result) == 0) {
			ret->rejected = result.rejected;
			snprintf(ret->message, sizeof(ret->message), "%s", result.message);
		}
	} else if (is_proto) {
		lsp_otlp_proto_parse_status(body, ret->message, sizeof(ret->message));
	} else if (body.len) {
		snprintf(ret->message, sizeof(ret->message), "%.*s",
			(int)(body.len < 200 ? body.len : 200), body.at);
	}
	/* It goes to a log of ours: one line. */
	for (char *p = ret->message; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
}

int lsp_forward_http_post(
	struct lsp_forward_target *t, enum lsp_forward_kind kind, struct lsp_forward_answer *ret)
{
	static const char *const paths[] = { "/v1/traces", "/v1/logs" };
	char error[CURL_ERROR_SIZE] = "", url[4096];
	curl_off_t wait_s = 0;
	*ret = (struct lsp_forward_answer){ 0 };
	lsp_buf_release(&t->packed);
	lsp_buf_clear(&t->answer);
	int rc = pack(&t->packed, &t->body);
	if (rc)
		return rc;
	snprintf(url, sizeof(url), "%s%s", t->url, paths[kind]);
	curl_easy_setopt(t->curl, CURLOPT_URL, url);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDS, t->packed.at);
	curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->packed.len);
	CURLcode code = curl_easy_perform(t->curl);
	curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, NULL);
	if (code != CURLE_OK) {
		snprintf(ret->message, sizeof(ret->message), "%s",
			error[0] ? error : curl_easy_strerror(code));
		return 0;
	}
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &wait_s);
	ret->retry_after_s = (unsigned)(wait_s < RETRY_AFTER_MAX_S ? wait_s : RETRY_AFTER_MAX_S);
	read_answer(t, ret);
	return 0;
}
