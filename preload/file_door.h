/* Characters that nobody is called for: the inline putc_unlocked() stores into a FILE's buffer
 * while there is room before _IO_write_end, and calls __overflow() when there is none.
 *
 * A fully buffered FILE whose lines count has its door shut: _IO_write_end is where the next
 * character goes, as libc itself keeps it for line buffered FILEs. So each character comes by
 * (hook_stdio_char.c) in the context of its own moment. Nothing is flushed earlier, for
 * __overflow() goes by the buffer's own end. fwrite() and its kin go by _IO_write_end: around a
 * real call of theirs the door is open. libc opens it with each flush; what comes in before it is
 * shut again is found later (lsp_file_unseen), and is its context's only when there is but one.
 *
 * Everything here but lsp_file_hold() and lsp_file_open_door() wants the FILE's lock held, or a
 * FILE that its host has to itself. Changes nothing but _IO_write_end. */
#ifndef LSP_PRELOAD_FILE_DOOR_H
#define LSP_PRELOAD_FILE_DOOR_H

#include "fd_table.h"

#include <pthread.h>
#include <stdio.h>

/* libio's flags of a FILE. */
#define LSP_FILE_UNBUFFERED 0x0002
#define LSP_FILE_LINE_BUF   0x0200
#define LSP_FILE_PUTTING    0x0800
#define LSP_FILE_USER_LOCK  0x8000

/* Set with the first door that is shut in this process. */
extern _Atomic bool lsp_file_doors;
static inline bool lsp_file_has_doors(void)
{
	return __builtin_expect(atomic_load_explicit(&lsp_file_doors, memory_order_relaxed), 0);
}

/* Fully buffered, of plain characters, and being written to. */
static inline bool lsp_file_is_whole(const FILE *file)
{
	const int kind = LSP_FILE_PUTTING | LSP_FILE_LINE_BUF | LSP_FILE_UNBUFFERED;

	return (file->_flags & kind) == LSP_FILE_PUTTING && file->_mode <= 0 &&
		file->_fileno >= 0 && file->_IO_write_base &&
		file->_IO_write_ptr <= file->_IO_buf_end;
}

/* By us, or as libc leaves it when a FILE's kind of buffer is changed in the middle. */
static inline bool lsp_file_is_shut(const FILE *file)
{
	return lsp_file_is_whole(file) && file->_IO_write_end < file->_IO_buf_end;
}

static inline bool lsp_file_is_shut_by_us(const FILE *file, const struct lsp_fd *entry)
{
	return entry->door_shut &&
	       (uintptr_t)file->_IO_write_end ==
		       atomic_load_explicit(&entry->seen, memory_order_relaxed) &&
	       lsp_file_is_shut(file);
}

/* For real calls. */
static inline void lsp_file_unshut(FILE *file, const struct lsp_fd *entry)
{
	if (lsp_file_is_shut_by_us(file, entry))
		file->_IO_write_end = file->_IO_buf_end;
}

void lsp_file_note_seen(const FILE *file, struct lsp_fd *entry, const char *end);

/* A hook has put or seen all that is in the buffer: shuts the door, when the FILE is of that
 * kind and its lines are those of a log. */
void lsp_file_seen(FILE *file, struct lsp_fd *entry, struct lsp_rule rule);

/* What came past us. Of a FILE into which nobody was seen to put characters only when the context
 * is constant. Returns its bytes, 0: nothing. */
size_t lsp_file_unseen(const FILE *file, const struct lsp_fd *entry, const struct lsp_context *c,
	const char **ret_from);

/* A cheap first question, without the lock. Of two FILEs of one descriptor nothing is known. */
static inline bool lsp_file_may_be_unseen(const FILE *file, const struct lsp_fd *entry)
{
	uintptr_t seen = atomic_load_explicit(&entry->seen, memory_order_relaxed);
	uintptr_t whose = atomic_load_explicit(&entry->seen_file, memory_order_relaxed);

	return (uintptr_t)file->_IO_write_ptr != seen && !lsp_file_is_shut(file) &&
	       (!whose || whose == (uintptr_t)file) && lsp_file_is_whole(file) &&
	       file->_IO_write_ptr > file->_IO_write_base;
}

/* __overflow() went by without a context: from now on the FILE's characters are looked at. */
void lsp_file_note_inlined(FILE *file);

/* A FILE's lock, over a real call that may be left by longjmp() or cancelled. Not taken when the
 * host does that by itself (fsetlocking()), as in libc. */
struct lsp_file_hold {
	struct _pthread_cleanup_buffer buffer;
	bool locked;
};
void lsp_file_hold(struct lsp_file_hold *h, FILE *file);
void lsp_file_let_go(struct lsp_file_hold *h);

/* A real call without a context goes by: opens the door and tells whether it was shut. Then the
 * FILE is held, unless the host has it to itself, until it is shut again. */
bool lsp_file_open_door(struct lsp_file_hold *h, FILE *file, bool unlocked);
void lsp_file_shut_door(struct lsp_file_hold *h, FILE *file, bool unlocked);

/* … around the call. */
#define LSP_FILE_PLAIN(file, unlocked, call)                                                       \
	({                                                                                         \
		struct lsp_file_hold hold_;                                                        \
		bool shut_ = lsp_file_has_doors() &&                                               \
			     lsp_file_open_door(&hold_, file, unlocked);                           \
		__auto_type ret_ = (call);                                                         \
		if (__builtin_expect(shut_, 0))                                                    \
			lsp_file_shut_door(&hold_, file, unlocked);                                \
		ret_;                                                                              \
	})

/* libc is about to print to the FILE past all hooks. */
void lsp_file_leave_door_open(FILE *file);

/* What fflush(NULL) does, FILE by FILE in libc's order, `look` being called before each flush and
 * each door shut again before anybody gets at the FILE. Wide FILEs are left to the real function.
 * Returns 0, or EOF with errno when one of them failed. */
int lsp_file_flush_all(void (*look)(FILE *file));

#endif
