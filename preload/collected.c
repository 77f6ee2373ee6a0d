#include "collected.h"

#include "profile.h"
#include "shim.h"
#include "../lib/core/text_message.h"

static const char *const libraries[] = { "libstdc++.so", "libc++.so" };
#define N_LIBRARIES (sizeof(libraries) / sizeof(libraries[0]))

/* Both ends are written before the second one counts. */
static struct {
	uintptr_t start;
	_Atomic uintptr_t end; /* 0: not loaded */
} code[N_LIBRARIES];

bool lsp_collected_by(const void *at)
{
	for (size_t i = 0; i < N_LIBRARIES; i++)
		if ((uintptr_t)at < code[i].end && (uintptr_t)at >= code[i].start)
			return true;
	return false;
}

static void note(size_t which, const struct dl_phdr_info *object)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + p->p_vaddr, end = start + p->p_memsz;

		/* What is known stays known, for threads that write meanwhile. */
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) ||
			(code[which].start == start && code[which].end == end))
			continue;
		code[which].end = 0;
		code[which].start = start;
		code[which].end = end;
	}
}

void lsp_collected_note(const struct dl_phdr_info *object)
{
	const char *name = object->dlpi_name ? strrchr(object->dlpi_name, '/') : NULL;

	for (size_t i = 0; name && i < N_LIBRARIES; i++)
		if (strncmp(name + 1, libraries[i], strlen(libraries[i])) == 0)
			note(i, object);
}

static bool is_published(const struct lsp_context *c)
{
	return c->source == LSP_SOURCE_OTEL || c->source == LSP_SOURCE_NODE ||
	       c->source == LSP_SOURCE_ELASTIC || c->source == LSP_SOURCE_LABELS;
}

bool lsp_collected(const struct lsp_context *c, bool by_library, const char *text, size_t n)
{
	const char *newline = memchr(text, '\n', n);

	if (!newline || newline + 1 == text + n || lsp_current_is_constant(c))
		return false;
	/* One message is as good as one line. */
	return (by_library || (lsp_shim.traits & LSP_TRAIT_BUFFERS) || !is_published(c)) &&
	       !lsp_text_is_message(text, n);
}
