/* A stream of HTTP messages, split by its first byte. */
#include "../../lib/core/carriers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_http_head head = { 0 };
	struct lsp_http_body body = { .done = true };
	size_t step = size ? data[0] % 61 + 1u : 1, at = 1;

	while (at < size && head.state != LSP_HTTP_BAD) {
		size_t n = size - at < step ? size - at : step, took;
		const char *bytes = (const char *)data + at;

		if (!body.done) {
			took = lsp_http_body_feed(&body, bytes, n);
		} else {
			took = lsp_http_head_feed(&head, bytes, n);
			if (head.state == LSP_HTTP_DONE) {
				bool known =
					lsp_http_is_request(&head)
						? lsp_http_body_of_request(&body, &head)
						: lsp_http_body_of_response(&body, &head, false);
				struct lsp_context c;

				(void)lsp_carriers_read(&head, &c);
				if (!known)
					break;
				lsp_http_head_reset(&head);
			}
		}
		if (took > n)
			__builtin_trap();
		if (took == 0 && !body.done)
			break;
		at += took;
	}
	return 0;
}
