/* What is asked of a sidecar over HTTP, by libcurl. One connection, kept for the next call. */
#ifndef LSP_SIDECAR_CLIENT_HTTP_H
#define LSP_SIDECAR_CLIENT_HTTP_H

#include "tokens.h"
#include "../lib/model/buf.h"
#include <jansson.h>

#define LSP_HTTP_SERVER "http://127.0.0.1:16686"
#define LSP_HTTP_ANSWER_BYTES_MAX (1024u * 1024 * 1024)

/* How to get in: X(id, name, what --help calls its value, help). */
#define LSP_HTTP_OPTION_TABLE(X)                                                                   \
	X(TOKEN_FILE, "--token-file", "FILE",                                                      \
		"whose first line the sidecar wants to see (LINESPAN_TOKEN_FILE)")                 \
	X(CA_FILE, "--ca-file", "FILE",                                                            \
		"who may have signed an https sidecar's certificate, PEM (LINESPAN_CA_FILE; "      \
		"default: those the system trusts)")

/* One sidecar. */
struct lsp_http_peer {
	const char *server; /* "http://HOST:PORT", "https://…" */
	const char *ca_file; /* NULL: what the system trusts */
	char token[LSP_TOKEN_CHARS_MAX + 1]; /* "": none */
	void *handle;
};

/* Fills in a zeroed peer. What is NULL comes from the environment (LINESPAN_SERVER,
 * LINESPAN_TOKEN_FILE, LINESPAN_CA_FILE); strings are not copied. Sends nothing. Returns 0, or
 * -errno with one line in why (cap bytes). */
int lsp_http_open(struct lsp_http_peer *ret, const char *server, const char *token_file,
	const char *ca_file, char *why, size_t cap);
void lsp_http_close(struct lsp_http_peer *p);

/* GET: appends the body of an answer of 200 as it is; else as lsp_http_get_json(). */
int lsp_http_get(struct lsp_http_peer *p, const char *path, struct lsp_buf *answer, char *why,
	size_t cap);
/* GET with an answer in JSON; path: with its query, escaped. Returns 0 and a value for
 * json_decref(), -ENOENT for an answer of 404, other -errno. On failure why (cap bytes) has one
 * line for a person: what, where, what to do. */
int lsp_http_get_json(
	struct lsp_http_peer *p, const char *path, json_t **ret, char *why, size_t cap);
/* POST of a JSON body, for import. Returns 0, -EBADMSG when the server refuses the body, -EAGAIN
 * when it asks to try again later, other -errno; why as above. */
int lsp_http_post_json(
	struct lsp_http_peer *p, const char *path, struct lsp_slice body, char *why, size_t cap);

/* Appends "?name=value" or "&name=value", escaped (RFC 3986). Returns 0 or -errno. */
int lsp_http_add_parameter(struct lsp_buf *path, const char *name, const char *value);

#endif
