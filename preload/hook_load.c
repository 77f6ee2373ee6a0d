/* dlopen() and dlclose(): tracers come with libraries that are loaded late.
 *
 * The loader looks at who calls dlopen(): the caller's own search path counts. When that could
 * matter the call is handed on as if we were not there (a jump, so that the real function sees the
 * caller's address); else it is made from here, and what it has loaded is looked through. A call
 * from here that finds nothing is made once more in the caller's name, as it stands. */
#include "real.h"

#include "profile.h"
#include "shim.h"
#include "symbols.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>

/* A path is found wherever it is said. What it needs is searched in the paths of those who load it
 * when one of them has an old DT_RPATH; a failure is tried again in the caller's name. */
static bool caller_matters(const char *file, const void *caller)
{
	if (strchr(file, '/'))
		return strchr(file, '$') != NULL;
	const struct link_map *map = lsp_symbol_map_of(caller);
	if (!map || lsp_symbol_has_path(map, false))
		return true;
	while (map->l_prev)
		map = map->l_prev;
	for (; map; map = map->l_next)
		if (lsp_symbol_has_path(map, true))
			return true;
	return false;
}

/* With RTLD_DEEPBIND a library asks libc before any preloaded library: its calls are not seen. */
static int mode_to_use(int mode)
{
	const struct lsp_settings *s = &lsp_shim.settings;
	bool strip = s->deepbind == LSP_DEEPBIND_STRIP ||
		     (s->deepbind == LSP_DEEPBIND_AUTO && s->propagate[0] &&
			     (lsp_shim.traits & LSP_TRAIT_DEEPBIND));

	return strip ? mode & ~RTLD_DEEPBIND : mode;
}

void *lsp_dlopen_here(const char *file, int mode, const void *caller);
void *lsp_dlopen_real(void);

/* The handle, or NULL: the real function is to be called by the caller itself. */
__attribute__((used)) void *lsp_dlopen_here(const char *file, int mode, const void *caller)
{
	if (lsp_shim.state != LSP_STATE_ON || !file || (mode & RTLD_NOLOAD) ||
		caller_matters(file, caller))
		return NULL;
	void *handle = REAL(dlopen)(file, mode_to_use(mode));
	if (handle) {
		int saved = errno;
		lsp_shim_after_load();
		errno = saved;
	}
	return handle;
}

__attribute__((used)) void *lsp_dlopen_real(void)
{
	return (void *)(uintptr_t)REAL(dlopen);
}

#if defined(__x86_64__)
__asm__(".text\n"
	".globl dlopen\n"
	".type dlopen, @function\n"
	"dlopen:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	push %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	push %rsi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	sub $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	mov 24(%rsp), %rdx\n" /* who called */
	"	call lsp_dlopen_here\n"
	"	test %rax, %rax\n"
	"	jne 1f\n"
	"	call lsp_dlopen_real\n"
	"	add $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %rsi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	jmp *%rax\n"
	"1:	.cfi_adjust_cfa_offset 24\n"
	"	add $24, %rsp\n"
	"	.cfi_adjust_cfa_offset -24\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size dlopen, .-dlopen\n");
#else
/* A call in tail position, which compilers make a jump; libraries that come late are not seen. */
void *dlopen(const char *file, int mode)
{
	return REAL(dlopen)(file, mode);
}
#endif

/* Lines of other threads have no published context while a library may be going away. */
int dlclose(void *handle)
{
	bool looks = lsp_shim.state == LSP_STATE_ON && lsp_shim.publishes;

	if (looks)
		lsp_published_drop_loaded();
	int r = REAL(dlclose)(handle);
	if (looks) {
		int saved = errno;
		lsp_shim_after_load();
		errno = saved;
	}
	return r;
}
