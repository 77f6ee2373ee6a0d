/* A stream of HTTP messages, split by its first byte. A head is the same however it is split. */
#include "../../lib/core/carriers.h"

#include <string.h>

/* What the last line left behind while it was read. */
static void forget_private(struct lsp_http_head *h)
{
	h->header = h->name_at = 0;
	memset(h->name, 0, sizeof(h->name));
}

static void same_in_single_bytes(const char *bytes, size_t n)
{
	struct lsp_http_head whole = { 0 }, single = { 0 };
	size_t took = lsp_http_head_feed(&whole, bytes, n), at = 0;

	while (at < n && single.state == LSP_HTTP_MORE)
		at += lsp_http_head_feed(&single, bytes + at, 1);
	forget_private(&whole);
	forget_private(&single);
	if (at != took || memcmp(&whole, &single, sizeof(whole)) != 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsp_http_head head = { 0 };
	struct lsp_http_body body = { .done = true };
	size_t step = size ? data[0] % 61 + 1u : 1, at = 1;

	same_in_single_bytes((const char *)data, size);
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
