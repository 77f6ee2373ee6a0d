/* Is the sidecar well? For /healthz, and for systemd's watchdog. */
#include "serve.h"

#include <stdio.h>
#include <string.h>

#define SILENT_MS 30000

bool lsp_serve_is_stuck(struct lsp_serve *s, uint64_t silent_ms, char *ret_why, size_t cap)
{
	struct lsp_writer_state writer;
	lsp_writer_get_state(s->writer, &writer);
	uint64_t grpc_ms = s->otlp_grpc ? lsp_grpc_server_silent_ms(s->otlp_grpc) : 0;
	bool is_writer = writer.silent_ms >= silent_ms;
	if (!is_writer && grpc_ms < silent_ms)
		return false;
	snprintf(ret_why, cap, "%s for %llu s",
		is_writer ? "the store has been busy with one write"
			  : "the gRPC server has been silent",
		(unsigned long long)(is_writer ? writer.silent_ms : grpc_ms) / 1000);
	return true;
}

bool lsp_serve_is_ill(struct lsp_serve *s, char *ret_why, size_t cap)
{
	struct lsp_writer_state writer;
	lsp_writer_get_state(s->writer, &writer);
	if (writer.error == 0)
		return lsp_serve_is_stuck(s, SILENT_MS, ret_why, cap);
	snprintf(ret_why, cap, "the store cannot write: %s", strerror(-writer.error));
	return true;
}
