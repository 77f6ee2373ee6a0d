/* GET with an answer in JSON, by libcurl. One connection, kept for the next call. */
#ifndef LSP_SIDECAR_CLIENT_HTTP_H
#define LSP_SIDECAR_CLIENT_HTTP_H

#include "../lib/model/buf.h"
#include <jansson.h>

/* server: "http://HOST:PORT"; path: with its query, escaped. Returns 0 and a value for
 * json_decref(), -ENOENT for an answer of 404, other -errno. On failure why (cap bytes) has one
 * line for a person: what, where, what to do. *handle is NULL at first and kept by the caller. */
int lsp_http_get_json(
	void **handle, const char *server, const char *path, json_t **ret, char *why, size_t cap);
/* POST of a JSON body, for import. Returns 0, -EBADMSG when the server refuses the body, -EAGAIN
 * when it asks to try again later, other -errno; why as above. */
int lsp_http_post_json(void **handle, const char *server, const char *path, struct lsp_slice body,
	char *why, size_t cap);
void lsp_http_close(void *handle);

/* Appends "?name=value" or "&name=value", escaped (RFC 3986). Returns 0 or -errno. */
int lsp_http_add_parameter(struct lsp_buf *path, const char *name, const char *value);

#endif
