/* ELF dynamic symbol tables: System V ABI, and the GNU hash section as binutils writes it. */
#include "symbols.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#define VERSION_HIDDEN 0x8000

struct object {
	const uint32_t *hash;
	const ElfW(Sym) * symbols;
	const char *names;
	const uint16_t *versions; /* NULL: unversioned */
};

/* The loader has made the table's addresses absolute, except in the vDSO. */
static const void *address(ElfW(Addr) base, ElfW(Addr) value)
{
	return (const void *)(value < base ? value + base : value);
}

static bool open_dynamic(ElfW(Addr) base, const ElfW(Dyn) * d, struct object *o)
{
	memset(o, 0, sizeof(*o));
	for (; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_GNU_HASH)
			o->hash = address(base, d->d_un.d_ptr);
		else if (d->d_tag == DT_SYMTAB)
			o->symbols = address(base, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			o->names = address(base, d->d_un.d_ptr);
		else if (d->d_tag == DT_VERSYM)
			o->versions = address(base, d->d_un.d_ptr);
	}
	return o->hash && o->symbols && o->names;
}

static bool open_object(const struct link_map *map, struct object *o)
{
	return open_dynamic(map->l_addr, map->l_ld, o);
}

static uint32_t gnu_hash(const char *name)
{
	uint32_t h = 5381;

	for (; *name; name++)
		h = h * 33 + (unsigned char)*name;
	return h;
}

static bool may_have(const struct object *o, uint32_t h)
{
	const ElfW(Addr) *bloom = (const void *)(o->hash + 4);
	unsigned bits = 8 * sizeof(*bloom);
	ElfW(Addr) word = bloom[(h / bits) & (o->hash[2] - 1)];

	return (word >> (h % bits)) & (word >> ((h >> o->hash[3]) % bits)) & 1;
}

static const ElfW(Sym) * find(const struct object *o, const char *name, uint32_t h)
{
	const uint32_t *buckets, *chain;
	uint32_t i;

	if (o->hash[0] == 0 || !may_have(o, h))
		return NULL;
	buckets = o->hash + 4 + o->hash[2] * (sizeof(ElfW(Addr)) / 4);
	chain = buckets + o->hash[0];
	i = buckets[h % o->hash[0]];
	if (i < o->hash[1])
		return NULL;
	for (;; i++) {
		uint32_t other = chain[i - o->hash[1]];
		const ElfW(Sym) *s = &o->symbols[i];

		if ((other | 1) == (h | 1) && strcmp(o->names + s->st_name, name) == 0 &&
			s->st_shndx != SHN_UNDEF &&
			!(o->versions && (o->versions[i] & VERSION_HIDDEN)))
			return s;
		if (other & 1)
			return NULL;
	}
}

static const struct link_map *this_map(void)
{
	static const struct link_map *found;
	struct link_map *map = NULL;
	Dl_info info;

	if (!found && dladdr1((const void *)(uintptr_t)&lsp_symbol_next, &info, (void **)&map,
			      RTLD_DL_LINKMAP))
		found = map;
	return found;
}

void *lsp_symbol_next(const char *name)
{
	uint32_t h = gnu_hash(name);
	const struct link_map *map = this_map();

	if (!map)
		return dlsym(RTLD_NEXT, name);
	for (map = map->l_next; map; map = map->l_next) {
		struct object o;
		const ElfW(Sym) * s;

		if (!open_object(map, &o))
			continue;
		s = find(&o, name, h);
		if (!s)
			continue;
		/* What needs the loader (an indirect function, say) is left to it. */
		if (ELF64_ST_TYPE(s->st_info) != STT_FUNC)
			return dlsym(RTLD_NEXT, name);
		return (void *)(map->l_addr + s->st_value);
	}
	return NULL;
}

void *lsp_symbol_in(const struct link_map *map, const char *name)
{
	struct object o;
	const ElfW(Sym) *s = open_object(map, &o) ? find(&o, name, gnu_hash(name)) : NULL;

	return s && ELF64_ST_TYPE(s->st_info) == STT_FUNC ? (void *)(map->l_addr + s->st_value)
							  : NULL;
}

static const ElfW(Sym) *
	find_in(uintptr_t base, const void *dynamic, const char *name, unsigned type)
{
	struct object o;
	const ElfW(Sym) *s =
		open_dynamic(base, dynamic, &o) ? find(&o, name, gnu_hash(name)) : NULL;

	return s && ELF64_ST_TYPE(s->st_info) == type ? s : NULL;
}

bool lsp_symbol_tls(uintptr_t base, const void *dynamic, const char *name, size_t *ret_offset)
{
	const ElfW(Sym) *s = find_in(base, dynamic, name, STT_TLS);

	if (!s)
		return false;
	*ret_offset = s->st_value;
	return true;
}

bool lsp_symbol_data(uintptr_t base, const void *dynamic, const char *name, void *ret, size_t n)
{
	const ElfW(Sym) *s = find_in(base, dynamic, name, STT_OBJECT);

	if (!s || s->st_size != n)
		return false;
	memcpy(ret, (const void *)(base + s->st_value), n);
	return true;
}

bool lsp_symbol_has_path(const struct link_map *map, bool old)
{
	for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_RPATH || (d->d_tag == DT_RUNPATH && !old))
			return true;
	return false;
}

const struct link_map *lsp_symbol_map_of(const void *address)
{
	struct link_map *map = NULL;
	Dl_info info;

	return dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}
