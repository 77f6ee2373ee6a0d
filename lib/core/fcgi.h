/* FastCGI as an application reads and writes it: the parameters of a request, in the shape of an
 * HTTP request's head, and the ends of request and answer. One request at a time on a connection
 * (nobody multiplexes). Split anywhere, down to single bytes. The FastCGI specification 1.0,
 * sections 3 and 5.
 *
 * core: libc only; no malloc; async-signal-safe. */
#ifndef LSP_CORE_FCGI_H
#define LSP_CORE_FCGI_H

#include "http_message.h"

#define LSP_FCGI_NAME_BYTES 40

struct lsp_fcgi {
	bool bad; /* not FastCGI; final */
	bool begun, ended; /* a request was begun; its answer is complete */
	bool params_done; /* the head is complete */
	uint16_t status; /* of the answer: what its "Status:" line says, else 200 */
	uint8_t header[8]; /* private from here: the record that is being read */
	uint8_t header_bytes;
	uint32_t left, padding;
	uint8_t length_bytes, length_want; /* of a pair's name or value */
	uint32_t length;
	uint32_t name_length, value_length;
	uint8_t step;
	uint16_t name_bytes;
	int16_t which; /* header that the value goes to; -1 none, -2 method, -3 target */
	char name[LSP_FCGI_NAME_BYTES];
	uint16_t line_bytes;
	char line[32]; /* an answer's header line */
	bool answer_begun;
};

/* Zeroed memory is a stream that begins. */
void lsp_fcgi_reset(struct lsp_fcgi *f);

/* True for the first byte of a request's stream. */
bool lsp_fcgi_begins(uint8_t first);

/* Feeds bytes that the application read: f->params_done is set when h holds the request. */
void lsp_fcgi_feed_request(
	struct lsp_fcgi *f, struct lsp_http_head *h, const char *bytes, size_t n);

/* Feeds bytes that it wrote, with a state of its own: f->ended is set at the end of the answer. */
void lsp_fcgi_feed_answer(struct lsp_fcgi *f, const char *bytes, size_t n);

#endif
