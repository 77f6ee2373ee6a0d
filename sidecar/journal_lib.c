#include "journal_lib.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int lsp_journal_lib_open(struct lsp_journal_lib *ret)
{
	void *so = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	void *found;
	if (!so)
		return -ENOPKG;
#define X(type, name, parameters)                                                                  \
	found = dlsym(so, "sd_journal_" #name);                                                    \
	if (!found)                                                                                \
		return -ENOPKG;                                                                    \
	memcpy(&ret->name, &found, sizeof(found));
	LSP_JOURNAL_LIB_TABLE(X)
#undef X
	return 0;
}
