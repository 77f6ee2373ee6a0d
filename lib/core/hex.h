/* Hexadecimal text of ids, both ways. Lower case is written; what is read is said per function. */
#ifndef LSP_CORE_HEX_H
#define LSP_CORE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Writes 2*n lower-case digits to out; no NUL. */
void lsp_hex_encode(char *out, const uint8_t *bytes, size_t n);

/* Reads exactly 2*n lower-case digits (the W3C grammar). Returns 0, or -EINVAL with ret
 * untouched on any other character. */
int lsp_hex_decode_lower(uint8_t *ret, const char *hex, size_t n);

/* The same, upper case accepted too. */
int lsp_hex_decode(uint8_t *ret, const char *hex, size_t n);

/* Unsigned decimal. Writes at most 20 digits to out, no NUL; returns their count. */
size_t lsp_decimal_encode(char *out, uint64_t value);

#endif
