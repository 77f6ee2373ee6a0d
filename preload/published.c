#include "real.h"

#include "published.h"

#include "collected.h"
#include "debug.h"
#include "shim.h"
#include "symbols.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>

enum how { UNKNOWN, STATIC, DYNAMIC };

/* Where a variable is. `how` is written last, and cleared first. */
struct place {
	_Atomic uint8_t how;
	bool initial; /* of an object that the process began with: stays */
	intptr_t offset; /* STATIC: from the thread pointer; DYNAMIC: in the module's block */
	size_t module, generation;
};
static struct place places[LSP_PUBLISHED_N];
static bool started; /* the constructor's look is over */

static bool lsp_published_otel_read(const void *slot, struct lsp_context *ret)
{
	return lsp_thread_context_read(slot, ret);
}

static bool lsp_published_node_read(const void *slot, struct lsp_context *ret)
{
	return lsp_node_context_read(slot, ret, &lsp_thread.node);
}

static const struct {
	const char *symbol;
	bool (*read)(const void *slot, struct lsp_context *ret);
} published[] = {
#define X(id, symbol, read) { symbol, read },
	LSP_PUBLISHED_TABLE(X)
#undef X
};

/* ---- the dtv --------------------------------------------------------------------------------- */

#if defined(__x86_64__)
/* glibc's, known to debuggers by libthread_db: entry 0 is the generation, the one before it the
 * number of entries. */
union dtv {
	size_t counter;
	struct {
		char *block; /* (void *)-1: not made in this thread */
		void *to_free; /* NULL: in static TLS */
	} at;
};

static const union dtv *dtv_of_thread(void)
{
	const union dtv *dtv;

	__asm__("mov %%fs:8, %0" : "=r"(dtv));
	return dtv;
}

static char *block_of(size_t module, size_t generation, bool *ret_static)
{
	const union dtv *dtv = dtv_of_thread();

	if (!dtv || dtv[0].counter < generation || dtv[-1].counter < module)
		return NULL;
	char *block = dtv[module].at.block;
	if (!block || block == (char *)-1)
		return NULL;
	if (ret_static)
		*ret_static = dtv[module].at.to_free == NULL;
	return block;
}

static size_t generation_now(void)
{
	return dtv_of_thread()[0].counter;
}
#else
static char *block_of(size_t module, size_t generation, bool *ret_static)
{
	(void)module, (void)generation, (void)ret_static;
	return NULL;
}

static size_t generation_now(void)
{
	return 0;
}
#endif

/* ---- reading --------------------------------------------------------------------------------- */

static const void *slot_of(const struct place *p)
{
	switch (atomic_load_explicit(&p->how, memory_order_acquire)) {
	case STATIC:
		return (char *)__builtin_thread_pointer() + p->offset;
	case DYNAMIC: {
		char *block = block_of(p->module, p->generation, NULL);
		return block ? block + p->offset : NULL;
	}
	default:
		return NULL;
	}
}

bool lsp_published_read(struct lsp_context *ret)
{
	for (int i = 0; i < LSP_PUBLISHED_N; i++) {
		const void *slot = slot_of(&places[i]);
		if (slot && published[i].read(slot, ret))
			return true;
	}
	return false;
}

size_t lsp_published_attrs(const struct lsp_context *c, uint8_t ret[LSP_THREAD_ATTRS_MAX])
{
	const void *const *slot;

	switch (c->source) {
	case LSP_SOURCE_OTEL:
		slot = slot_of(&places[LSP_PUBLISHED_OTEL]);
		return slot ? lsp_thread_context_attrs(*slot, c, ret) : 0;
	case LSP_SOURCE_NODE:
		return lsp_node_context_attrs(lsp_thread.node.record, c, ret);
	default:
		return 0;
	}
}

bool lsp_published_is_only(enum lsp_published_id id)
{
	for (int i = 0; i < LSP_PUBLISHED_N; i++)
		if (i != (int)id && atomic_load_explicit(&places[i].how, memory_order_relaxed))
			return false;
	return true;
}

bool lsp_published_is_static(enum lsp_published_id id, intptr_t *ret_offset)
{
	if (places[id].how != STATIC)
		return false;
	*ret_offset = places[id].offset;
	return true;
}

/* ---- finding --------------------------------------------------------------------------------- */

struct found {
	const char *object; /* its path; "" for the executable */
	size_t module, value;
	char *block; /* of this thread, when the loader knows it */
};

static int look_into(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct found *found = arg;
	const void *dynamic = NULL;

	lsp_collected_note(info);
	if (size < offsetof(struct dl_phdr_info, dlpi_tls_data) + sizeof(void *) ||
		info->dlpi_tls_modid == 0)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			dynamic = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	for (int i = 0; dynamic && i < LSP_PUBLISHED_N; i++) {
		uint32_t version = 1;
		if (found[i].module || !lsp_symbol_tls(info->dlpi_addr, dynamic,
					       published[i].symbol, &found[i].value))
			continue;
		if (i == LSP_PUBLISHED_LABELS &&
			lsp_symbol_data(info->dlpi_addr, dynamic, LSP_LABELS_VERSION_SYMBOL,
				&version, sizeof(version)) &&
			version != 1)
			continue;
		found[i].object = info->dlpi_name ? info->dlpi_name : "";
		found[i].module = info->dlpi_tls_modid;
		found[i].block = info->dlpi_tls_data;
	}
	return 0;
}

/* The loader makes this thread's block when the variable is asked for by name. */
static void make_block(const struct found *f, const char *symbol)
{
	void *handle = REAL(dlopen)(f->object[0] ? f->object : NULL, RTLD_LAZY | RTLD_NOLOAD);

	if (!handle) {
		/* The host's call went well: it must not find our error. */
		(void)dlerror();
		return;
	}
	(void)dlsym(handle, symbol);
	REAL(dlclose)(handle);
}

static void settle(struct place *p, const struct found *f, const char *symbol)
{
	bool is_static = false;

	if (p->how != UNKNOWN && p->module == f->module)
		return;
	atomic_store_explicit(&p->how, UNKNOWN, memory_order_release);
	if (started && !block_of(f->module, generation_now(), NULL))
		make_block(f, symbol);
	char *block = block_of(f->module, 0, &is_static);
	/* Without a dtv that we know: what is there from the start is in static TLS all the same.
	 */
	if (!block && !started) {
		block = f->block;
		is_static = true;
	}
	if (!block)
		return;
	p->module = f->module;
	p->generation = generation_now();
	p->initial = !started;
	p->offset = is_static ? block + f->value - (char *)__builtin_thread_pointer()
			      : (intptr_t)f->value;
	atomic_store_explicit(&p->how, is_static ? STATIC : DYNAMIC, memory_order_release);
	lsp_debug_fact("tracer", symbol);
}

bool lsp_published_find(void)
{
	struct found found[LSP_PUBLISHED_N] = { { 0 } };
	bool any = false;

	dl_iterate_phdr(look_into, found);
	for (int i = 0; i < LSP_PUBLISHED_N; i++) {
		if (found[i].module)
			settle(&places[i], &found[i], published[i].symbol);
		any = any || places[i].how != UNKNOWN;
	}
	started = true;
	return any;
}

void lsp_published_drop_loaded(void)
{
	for (int i = 0; i < LSP_PUBLISHED_N; i++)
		if (!places[i].initial)
			atomic_store_explicit(&places[i].how, UNKNOWN, memory_order_release);
}
