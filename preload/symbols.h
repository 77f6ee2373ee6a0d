/* Symbol look-up in mapped objects. The loader's own dlsym() takes 0.6 µs a
 * name, and allocates for names that nobody has; with a hundred names that is a tenth of the life
 * of a small program. This reads the same GNU hash tables in 60 ns a name, and allocates nothing.
 *
 * For the constructor, where no other thread maps more; lsp_symbol_in() takes no lock and may be
 * used anywhere, on an object that stays mapped. */
#ifndef LSP_PRELOAD_SYMBOLS_H
#define LSP_PRELOAD_SYMBOLS_H

#include <stdbool.h>

/* The default version of a function in the first object behind this library (as RTLD_NEXT). Returns
 * NULL when no object has it. */
void *lsp_symbol_next(const char *name);

/* The function of that name in one object, NULL when it has none. */
struct link_map;
void *lsp_symbol_in(const struct link_map *map, const char *name);

/* True when any object, the executable first, exports the name. */
bool lsp_symbol_anywhere(const char *name);

#endif
