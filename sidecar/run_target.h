/* What `linespan run` is about to become: found as execvp() finds it, and looked at for what the
 * dynamic loader will make of LD_PRELOAD. */
#ifndef LSP_SIDECAR_RUN_TARGET_H
#define LSP_SIDECAR_RUN_TARGET_H

#include <stddef.h>

/* X(id, what a person reads after the program's name) */
#define LSP_TARGET_TABLE(X)                                                                        \
	X(FITS, "")                                                                                \
	X(STATIC, "is statically linked")                                                          \
	X(PRIVILEGED, "runs with other rights than its caller (setuid, setgid or capabilities)")   \
	X(OTHER_MACHINE, "is for another kind of machine than this linespan")                      \
	X(OTHER_LIBC, "uses another C library (musl)")

enum lsp_target {
#define X(id, why) LSP_TARGET_##id,
	LSP_TARGET_TABLE(X)
#undef X
		LSP_TARGET_N
};

const char *lsp_target_why(enum lsp_target target);

/* Looks for name in PATH (or takes it as it is when it has a "/") and follows "#!" lines to the
 * program that the loader will see. Returns FITS also when nothing is found or can be read: exec
 * has the last word. */
enum lsp_target lsp_target_inspect(const char *name);

/* Writes the path of liblinespan-preload.so: LINESPAN_PRELOAD_LIB, else beside the running
 * program, in ../lib or in ../lib/linespan. Returns 0, -ENOENT when it is nowhere, -EINVAL when its
 * path has a space or colon, which LD_PRELOAD cannot express (ret holds it), -ENAMETOOLONG. */
int lsp_target_find_preload(char *ret, size_t cap);

#endif
