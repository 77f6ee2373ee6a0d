/* Any bytes as a stream of syslog: every message lies in them, and all of them are used up. */
#include "lib/wire/syslog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct lsp_syslog_clock clock = { 1795483800ull * 1000000000, -3600 };
	struct lsp_slice rest = { (const char *)data, n }, message;
	const struct lsp_file_place place = { LSP_SLICE("x"), LSP_SLICE("/x"), n };
	struct lsp_syslog_scratch s;
	struct lsp_batch b;

	lsp_syslog_scratch_init(&s);
	lsp_batch_init(&b);
	while (rest.len) {
		size_t took = lsp_syslog_frame(rest, true, &message);
		if (took == 0 || took > rest.len || message.at < rest.at ||
			message.at + message.len > rest.at + took)
			abort();
		if (lsp_syslog_take(&b, &s, message, &clock, 0) ||
			lsp_file_line_take(&b, &s, message, &clock, &place))
			abort();
		rest.at += took;
		rest.len -= took;
	}
	lsp_batch_release(&b);
	lsp_syslog_scratch_release(&s);
	return 0;
}
