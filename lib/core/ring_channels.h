/* How a line left its program. Part of the ring format: append only. */
#ifndef LSP_CORE_RING_CHANNELS_H
#define LSP_CORE_RING_CHANNELS_H

#include <stdbool.h>

#define LSP_CHANNEL_TABLE(X)                                                                       \
	X(NONE, "")                                                                                \
	X(STDOUT, "stdout")                                                                        \
	X(STDERR, "stderr")                                                                        \
	X(FILE, "file")                                                                            \
	X(SYSLOG, "syslog")                                                                        \
	X(JOURNAL, "journal")                                                                      \
	X(API, "api")
enum lsp_channel {
#define X(id, name) LSP_CHANNEL_##id,
	LSP_CHANNEL_TABLE(X)
#undef X
	LSP_CHANNEL_N
};

#endif
