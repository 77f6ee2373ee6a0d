/* The names of the attributes that a thread's record (thread_context.h) carries by number. A tracer
 * publishes them once, in its process context: threadlocal.attribute_key_map, an array of strings,
 * of which the position is the number.
 *
 * core: libc only; no malloc, no lock; async-signal-safe. */
#ifndef LSP_CORE_ATTR_KEYS_H
#define LSP_CORE_ATTR_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define LSP_ATTR_KEYS_MAX   256
#define LSP_ATTR_KEYS_BYTES 8192

/* Zeroed: no names. */
struct lsp_attr_keys {
	uint16_t n;
	uint16_t at[LSP_ATTR_KEYS_MAX]; /* of the name in text; 0: that number has none */
	char text[LSP_ATTR_KEYS_BYTES]; /* "", then the names, each with its NUL */
	uint16_t used; /* of text */
};

/* The next number's name; without one the number is counted and stays nameless, as are names that
 * are empty, too long (255 bytes) or no text, those that the sidecar gives a meaning of its own
 * (service.name, linespan.…), and what has no room any more. Numbers behind 255 are left out. */
void lsp_attr_keys_add(struct lsp_attr_keys *keys, const char *name, size_t n);

/* The attributes of a record: entries {u8 number, u8 length, bytes}, of n bytes. Those that have a
 * name are put into buf as the ring wants them (lsp_attr_put_string); of entries with one number
 * the last one counts; what is cut off or has no room is left out. Ids of zeros only stand for
 * none. Returns the bytes put. Reads keys as they are, and stays inside of them and of buf even
 * when another thread changes them meanwhile. */
size_t lsp_attr_keys_put(
	const struct lsp_attr_keys *keys, const uint8_t *attrs, size_t n, uint8_t *buf, size_t cap);

#endif
