/* Symbol look-up in mapped objects. The loader's own dlsym() takes 0.6 µs a
 * name, and allocates for names that nobody has; with a hundred names that is a tenth of the life
 * of a small program. This reads the same GNU hash tables in 60 ns a name, and allocates nothing.
 *
 * For the constructor, where no other thread maps more; lsp_symbol_in() takes no lock and may be
 * used anywhere, on an object that stays mapped. */
#ifndef LSP_PRELOAD_SYMBOLS_H
#define LSP_PRELOAD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The default version of a function in the first object behind this library (as RTLD_NEXT). Returns
 * NULL when no object has it. */
void *lsp_symbol_next(const char *name);

/* The function of that name in one object, NULL when it has none. */
struct link_map;
void *lsp_symbol_in(const struct link_map *map, const char *name);

/* In one object, given by its base address and its dynamic section. tls: the offset of a
 * thread-local variable in the object's block. data: copies n bytes of a variable of that size.
 * False, with ret untouched, when the object has no such variable. */
bool lsp_symbol_tls(uintptr_t base, const void *dynamic, const char *name, size_t *ret_offset);
bool lsp_symbol_data(uintptr_t base, const void *dynamic, const char *name, void *ret, size_t n);

/* True when an object has a path for the libraries that it needs or loads: DT_RPATH when old is
 * true, else DT_RUNPATH or DT_RPATH. */
bool lsp_symbol_has_path(const struct link_map *map, bool old);
/* The object that an address lies in; NULL when in none. */
const struct link_map *lsp_symbol_map_of(const void *address);

#endif
