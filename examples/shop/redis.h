/* The few words of Redis that the shop speaks, by hand. Not thread-safe per connection: each thread
 * opens its own. */
#ifndef SHOP_REDIS_H
#define SHOP_REDIS_H

#include <stddef.h>

/* Connects to a Redis server's Unix socket. Returns a descriptor, or -1 with errno set. */
int redis_open(const char *path);

/* Appends a value to a list. Returns 0, or -1 when the server is gone or refuses. */
int redis_push(int fd, const char *list, const char *value);

/* Takes the first value of a list, waiting up to so many seconds. Returns 0 and the value (cut to
 * size - 1, NUL-terminated), or -1 when none came. */
int redis_take(int fd, const char *list, int seconds, char *value, size_t size);

#endif
