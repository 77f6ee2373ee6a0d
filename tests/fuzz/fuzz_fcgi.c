/* A FastCGI stream, split by its first byte; as a request, and as an answer. */
#include "../../lib/core/carriers.h"
#include "../../lib/core/fcgi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t step = size ? data[0] % 61 + 1u : 1;
	struct lsp_fcgi in = { 0 }, out = { 0 };
	struct lsp_http_head h;
	struct lsp_context c;

	lsp_http_head_reset(&h);
	for (size_t at = 1; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		lsp_fcgi_feed_request(&in, &h, (const char *)data + at, n);
		lsp_fcgi_feed_answer(&out, (const char *)data + at, n);
	}
	(void)lsp_carriers_read(&h, &c);
	return 0;
}
