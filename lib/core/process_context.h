/* What a tracer publishes of its process: the process context of OTEP 4719. A mapping is named
 * OTEL_CTX by prctl(PR_SET_VMA) when it is made and whenever it changes:
 *
 *	offset  0  "OTEL_CTX"
 *	        8  version, u32: 1 or 2
 *	       12  bytes of the payload, u32
 *	       16  when it was published, ns, u64; 0: it is being changed
 *	       24  address of the payload: protobuf, ProcessContext{1: Resource{1: KeyValue…}}
 *
 * core: libc only; no malloc, no lock; async-signal-safe; errno is kept. */
#ifndef LSP_CORE_PROCESS_CONTEXT_H
#define LSP_CORE_PROCESS_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#define LSP_PROCESS_CONTEXT_NAME "OTEL_CTX"
#define LSP_PROCESS_SERVICE_BYTES 128

/* The resource's service.name, NUL-terminated, from a payload; a longer name is cut. Returns 0;
 * -ENODATA when there is none, ret untouched. What is behind a malformed field is not looked at. */
int lsp_process_context_service(
	const void *payload, size_t n, char ret[LSP_PROCESS_SERVICE_BYTES]);

/* The same from a mapping, which may be gone or no context at all. -EAGAIN: it is being changed,
 * and will be named again; -EBADMSG: it is none. Uses 4 KiB of stack. */
int lsp_process_context_read(uintptr_t mapping, char ret[LSP_PROCESS_SERVICE_BYTES]);

#endif
