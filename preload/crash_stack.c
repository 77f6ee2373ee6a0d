#include "real.h"
#include "crash_stack.h"
#include "shim.h"

#include "../lib/core/peek.h"

#include <dlfcn.h>
#include <errno.h>
#include <libunwind.h>
#include <link.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* The processor's own library, not libunwind.so: that one is for the local thread only. */
#define LIBRARY "libunwind-" TEXT(UNW_TARGET) ".so.8"

static struct {
	bool ready;
	unw_addr_space_t space;
	int (*init)(unw_cursor_t *, unw_addr_space_t, void *);
	int (*step)(unw_cursor_t *);
	int (*get)(unw_cursor_t *, int, unw_word_t *);
	int (*search)(
		unw_addr_space_t, unw_word_t, unw_dyn_info_t *, unw_proc_info_t *, int, void *);
} lib;

_Atomic uint32_t lsp_stack_preparer;

static struct lsp_peek memory; /* of this walk */

/* ---- what libunwind asks for
 * --------------------------------------------------------------------- */

static int access_memory(
	unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write, void *at)
{
	(void)space, (void)at;
	return !write && lsp_peek(&memory, address, value, sizeof(*value)) ? 0 : -UNW_EINVAL;
}

#if defined(__x86_64__)
#define HEADER_BYTES 12 /* four bytes of encodings, two words */
static bool register_of(const ucontext_t *at, int which, unw_word_t *ret)
{
	static const uint8_t place[] = { REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
		REG_RBP, REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
		REG_R15, REG_RIP };

	if (which < 0 || (size_t)which >= sizeof(place))
		return false;
	*ret = (unw_word_t)at->uc_mcontext.gregs[place[which]];
	return true;
}
#elif defined(__aarch64__)
#define HEADER_BYTES 12
static bool register_of(const ucontext_t *at, int which, unw_word_t *ret)
{
	if (which >= 0 && which < 31)
		*ret = at->uc_mcontext.regs[which];
	else if (which == UNW_AARCH64_SP)
		*ret = at->uc_mcontext.sp;
	else if (which == UNW_AARCH64_PC)
		*ret = at->uc_mcontext.pc;
	else
		return false;
	return true;
}
#endif

static int access_register(
	unw_addr_space_t space, unw_regnum_t which, unw_word_t *value, int write, void *at)
{
	(void)space;
	return !write && register_of(at, which, value) ? 0 : -UNW_EBADREG;
}

static int access_fp_register(
	unw_addr_space_t space, unw_regnum_t which, unw_fpreg_t *value, int write, void *at)
{
	(void)space, (void)which, (void)value, (void)write, (void)at;
	return -UNW_EBADREG;
}

/* The binary search table of .eh_frame_hdr as linkers make it: DW_EH_PE_pcrel|sdata4, udata4,
 * datarel|sdata4 (System V ABI, Linux Standard Base 10.6). Any other is not looked at. */
static int find_procedure(unw_addr_space_t space, unw_word_t address, unw_proc_info_t *ret,
	int need_unwind_info, void *at)
{
	struct dl_find_object found;
	unw_dyn_info_t table = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	uint8_t header[4];
	uint32_t entries;
	uintptr_t base;

	if (_dl_find_object((void *)(uintptr_t)address, &found) || !found.dlfo_eh_frame)
		return -UNW_ENOINFO;
	base = (uintptr_t)found.dlfo_eh_frame;
	if (!lsp_peek(&memory, base, header, sizeof(header)) || header[0] != 1 ||
		header[1] != 0x1b || header[2] != 0x03 || header[3] != 0x3b ||
		!lsp_peek(&memory, base + 8, &entries, 4))
		return -UNW_ENOINFO;
	table.start_ip = (unw_word_t)(uintptr_t)found.dlfo_map_start;
	table.end_ip = (unw_word_t)(uintptr_t)found.dlfo_map_end;
	table.u.rti.segbase = base;
	table.u.rti.table_data = base + HEADER_BYTES;
	table.u.rti.table_len = (unw_word_t)entries * 8 / sizeof(unw_word_t);
	return lib.search(space, address, &table, ret, need_unwind_info, at);
}

static void put_procedure(unw_addr_space_t space, unw_proc_info_t *info, void *at)
{
	(void)space, (void)info, (void)at;
}

static int no_list(unw_addr_space_t space, unw_word_t *ret, void *at)
{
	(void)space, (void)ret, (void)at;
	return -UNW_ENOINFO;
}

static int no_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *at)
{
	(void)space, (void)cursor, (void)at;
	return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t space, unw_word_t address, char *name, size_t cap,
	unw_word_t *offset, void *at)
{
	(void)space, (void)address, (void)name, (void)cap, (void)offset, (void)at;
	return -UNW_ENOINFO;
}

/* ---- loading
 * ------------------------------------------------------------------------------------- */

static bool find_functions(void *library)
{
	unw_addr_space_t (*create)(unw_accessors_t *, int);
	int (*caching)(unw_addr_space_t, unw_caching_policy_t);
	static unw_accessors_t accessors = { .find_proc_info = find_procedure,
		.put_unwind_info = put_procedure,
		.get_dyn_info_list_addr = no_list,
		.access_mem = access_memory,
		.access_reg = access_register,
		.access_fpreg = access_fp_register,
		.resume = no_resume,
		.get_proc_name = no_name };

	*(void **)&create = dlsym(library, TEXT(UNW_OBJ(create_addr_space)));
	*(void **)&caching = dlsym(library, TEXT(UNW_OBJ(set_caching_policy)));
	*(void **)&lib.init = dlsym(library, TEXT(UNW_OBJ(init_remote)));
	*(void **)&lib.step = dlsym(library, TEXT(UNW_OBJ(step)));
	*(void **)&lib.get = dlsym(library, TEXT(UNW_OBJ(get_reg)));
	*(void **)&lib.search = dlsym(library, TEXT(UNW_OBJ(dwarf_search_unwind_table)));
	if (!create || !caching || !lib.init || !lib.step || !lib.get || !lib.search)
		return false;
	lib.space = create(&accessors, 0);
	/* A cache has a lock, and saves a microsecond in a process that dies. */
	return lib.space && caching(lib.space, UNW_CACHE_NONE) == 0;
}

void lsp_stack_prepare(void)
{
	static bool tried;
	uintptr_t frames[LSP_STACK_FRAMES];
	ucontext_t here;
	void *library;

	if (tried || lsp_shim.in_valgrind)
		return;
	tried = true;
	lsp_stack_preparer = lsp_thread_id();
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	lib.ready = library && find_functions(library);
	/* Now, not in a handler: its first walk takes a lock and maps its pool. */
	if (lib.ready && getcontext(&here) == 0)
		(void)lsp_stack_walk(&here, frames);
	lsp_stack_preparer = 0;
}

/* ---- walking
 * ------------------------------------------------------------------------------------- */

static bool is_ours(uintptr_t address)
{
	struct dl_find_object found, own;

	return !_dl_find_object((void *)address, &found) &&
	       !_dl_find_object((void *)(uintptr_t)&is_ours, &own) &&
	       found.dlfo_link_map == own.dlfo_link_map;
}

size_t lsp_stack_walk(const ucontext_t *at, uintptr_t out[LSP_STACK_FRAMES])
{
	unw_cursor_t cursor;
	unw_word_t ip, first;
	size_t n = 0;

	memory.n = 0;
#if defined(__x86_64__)
	first = (unw_word_t)at->uc_mcontext.gregs[REG_RIP];
#else
	first = at->uc_mcontext.pc;
#endif
	if (!lib.ready || lib.init(&cursor, lib.space, (void *)(uintptr_t)at) < 0) {
		out[0] = (uintptr_t)first;
		return 1;
	}
	for (int steps = 0; steps < 2 * LSP_STACK_FRAMES && n < LSP_STACK_FRAMES; steps++) {
		if (lib.get(&cursor, UNW_REG_IP, &ip) < 0 || (ip == 0 && steps > 0))
			break;
		/* The first one is the place itself: of who called us, the call, which may be the
		 * last instruction of its function. */
		if (!is_ours((uintptr_t)ip)) {
			out[n] = (uintptr_t)ip - (n == 0 && steps > 0 ? 1 : 0);
			n++;
		}
		if (lib.step(&cursor) <= 0)
			break;
	}
	return n;
}
