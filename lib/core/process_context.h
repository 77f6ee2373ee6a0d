/* What a tracer publishes of its process: the process context of OTEP 4719. A mapping is named
 * OTEL_CTX by prctl(PR_SET_VMA) when it is made and whenever it changes:
 *
 *	offset  0  "OTEL_CTX"
 *	        8  version, u32: 1 or 2
 *	       12  bytes of the payload, u32
 *	       16  when it was published, ns, u64; 0: it is being changed
 *	       24  address of the payload: protobuf,
 *	           ProcessContext{1: Resource{1: KeyValue…}, 2: KeyValue…}
 *
 * core: libc only; no malloc, no lock; async-signal-safe; errno is kept. */
#ifndef LSP_CORE_PROCESS_CONTEXT_H
#define LSP_CORE_PROCESS_CONTEXT_H

#include "attr_keys.h"

#define LSP_PROCESS_CONTEXT_NAME  "OTEL_CTX"
#define LSP_PROCESS_SERVICE_BYTES 128

#define LSP_PROCESS_PAYLOAD_BYTES 65536 /* more is no process context */

/* The payload of a mapping, which may be gone or no context at all. Returns its bytes, 0 or more;
 * -EAGAIN: it is being changed, and will be named again; -EBADMSG: it is none, or has more than cap
 * bytes. What is in buf then is nothing. */
int lsp_process_context_read(uintptr_t mapping, void *buf, size_t cap);

/* The resource's service.name, NUL-terminated, from a payload; a longer name is cut. Returns 0;
 * -ENODATA when there is none, ret untouched. What is behind a malformed field is not looked at. */
int lsp_process_context_service(const void *payload, size_t n, char ret[LSP_PROCESS_SERVICE_BYTES]);

/* The names of threads' attributes: threadlocal.attribute_key_map among the context's own
 * attributes or, as old writers have it, the resource's. Returns 0; -ENODATA when there are none,
 * ret untouched. What is behind a malformed name is not looked at. */
int lsp_process_context_keys(const void *payload, size_t n, struct lsp_attr_keys *ret);

#endif
