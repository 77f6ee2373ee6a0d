/* A frame's text. What is read here was mapped by the loader: headers and notes of objects that
 * _dl_find_object() knows. */
#include "real.h"
#include "crash_stack.h"
#include "shim.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#define PATH_BYTES     512
#define PAGE_BYTES     4096
#define BUILD_ID_BYTES 32
#define NOTE_ALIGN(n)  (((n) + 3u) & ~3u)

/* The loader's name of an object; the executable's has none there. */
static void path_of(const struct link_map *map, char out[PATH_BYTES])
{
	ssize_t n = -1;

	if (map->l_name && *map->l_name) {
		snprintf(out, PATH_BYTES, "%s", map->l_name);
		return;
	}
	n = readlink("/proc/self/exe", out, PATH_BYTES - 1);
	if (n > 0)
		out[n] = 0;
	else
		snprintf(out, PATH_BYTES, "%s", lsp_shim.program);
}

static const uint8_t *build_id_in(const uint8_t *note, size_t left, size_t *ret_bytes)
{
	while (left >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *h = (const void *)note;
		size_t name = NOTE_ALIGN(h->n_namesz), desc = NOTE_ALIGN(h->n_descsz);

		if (name > left || desc > left || sizeof(*h) + name + desc > left)
			return NULL;
		if (h->n_type == NT_GNU_BUILD_ID && h->n_namesz == 4 &&
			memcmp(note + sizeof(*h), "GNU", 4) == 0) {
			*ret_bytes = h->n_descsz;
			return note + sizeof(*h) + name;
		}
		note += sizeof(*h) + name + desc;
		left -= sizeof(*h) + name + desc;
	}
	return NULL;
}

/* The build id in hex, "" when there is none. */
static void build_id_of(const struct dl_find_object *o, char out[2 * BUILD_ID_BYTES + 1])
{
	const ElfW(Ehdr) *elf = o->dlfo_map_start;
	uintptr_t start = (uintptr_t)o->dlfo_map_start, end = (uintptr_t)o->dlfo_map_end;
	const ElfW(Phdr) * p;
	size_t n = 0;

	out[0] = 0;
	/* Linkers put the program headers right behind the file's; both are in its first page. */
	if (end - start < PAGE_BYTES || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
		elf->e_phoff != sizeof(*elf) ||
		elf->e_phnum > (PAGE_BYTES - sizeof(*elf)) / sizeof(*p))
		return;
	p = (const void *)(start + elf->e_phoff);
	for (unsigned i = 0; i < elf->e_phnum; i++, p++) {
		uintptr_t note = o->dlfo_link_map->l_addr + p->p_vaddr;
		const uint8_t *id = NULL;

		if (p->p_type == PT_NOTE && note >= start && note < end && p->p_memsz <= end - note)
			id = build_id_in((const uint8_t *)note, p->p_memsz, &n);
		if (!id || n > BUILD_ID_BYTES)
			continue;
		for (size_t b = 0; b < n; b++)
			snprintf(out + 2 * b, 3, "%02x", id[b]);
		return;
	}
}

static size_t wrote(int n, size_t cap)
{
	return n < 0 ? 0 : (size_t)n < cap ? (size_t)n : cap - 1;
}

size_t lsp_stack_frame_short(uintptr_t address, char *out, size_t cap)
{
	struct dl_find_object found;
	const char *slash;
	char path[PATH_BYTES];

	if (_dl_find_object((void *)address, &found) || !found.dlfo_link_map)
		return wrote(snprintf(out, cap, "?+0x%lx", (unsigned long)address), cap);
	path_of(found.dlfo_link_map, path);
	slash = strrchr(path, '/');
	return wrote(snprintf(out, cap, "%.100s+0x%lx", slash ? slash + 1 : path,
			     (unsigned long)(address - found.dlfo_link_map->l_addr)),
		cap);
}

size_t lsp_stack_frame_long(uintptr_t address, char *out, size_t cap)
{
	struct dl_find_object found;
	char path[PATH_BYTES], id[2 * BUILD_ID_BYTES + 1];

	if (_dl_find_object((void *)address, &found) || !found.dlfo_link_map)
		return wrote(snprintf(out, cap, "?+0x%lx", (unsigned long)address), cap);
	path_of(found.dlfo_link_map, path);
	build_id_of(&found, id);
	return wrote(
		snprintf(out, cap, "%s+0x%lx%s%s", path,
			(unsigned long)(address - found.dlfo_link_map->l_addr), *id ? " " : "", id),
		cap);
}
