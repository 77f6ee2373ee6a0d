#include "real.h"

#include "file_door.h"

#include "shim.h"

#include <errno.h>

_Atomic bool lsp_file_doors;

/* libio's list of all FILEs, which debuggers use. */
typedef void *file_position;
extern file_position _IO_iter_begin(void) __attribute__((weak));
extern file_position _IO_iter_end(void) __attribute__((weak));
extern file_position _IO_iter_next(file_position) __attribute__((weak));
extern FILE *_IO_iter_file(file_position) __attribute__((weak));
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));

/* What longjmp() runs on its way out, and cancellation: libc's older list, which needs no frame
 * information. */
extern void _pthread_cleanup_push(struct _pthread_cleanup_buffer *, void (*)(void *), void *);
extern void _pthread_cleanup_pop(struct _pthread_cleanup_buffer *, int);

static void unlock(void *file)
{
	funlockfile(file);
}

void lsp_file_hold(struct lsp_file_hold *h, FILE *file)
{
	h->locked = !(file->_flags & LSP_FILE_USER_LOCK);
	if (!h->locked)
		return;
	flockfile(file);
	_pthread_cleanup_push(&h->buffer, unlock, file);
}

void lsp_file_let_go(struct lsp_file_hold *h)
{
	if (h->locked)
		_pthread_cleanup_pop(&h->buffer, 1);
}

static bool has_door(struct lsp_rule rule)
{
	return rule.verdict == LSP_VERDICT_STAMP || rule.reason == LSP_REASON_LOG_NO_APPEND;
}

void lsp_file_note_seen(const FILE *file, struct lsp_fd *entry, const char *end)
{
	atomic_store_explicit(&entry->seen_file, (uintptr_t)file, memory_order_relaxed);
	atomic_store_explicit(&entry->seen, (uintptr_t)end, memory_order_relaxed);
}

/* A door that libc itself keeps shut, for a while, stays as it is: the next flush is due sooner. */
static void shut(FILE *file, struct lsp_fd *entry)
{
	bool may = !lsp_file_is_shut(file) || lsp_file_is_shut_by_us(file, entry);

	lsp_file_note_seen(file, entry, file->_IO_write_ptr);
	entry->door_shut = may;
	if (!may)
		return;
	file->_IO_write_end = file->_IO_write_ptr;
	if (!lsp_file_has_doors())
		atomic_store_explicit(&lsp_file_doors, true, memory_order_relaxed);
}

void lsp_file_seen(FILE *file, struct lsp_fd *entry, struct lsp_rule rule)
{
	if (!lsp_file_is_whole(file))
		return;
	if (has_door(rule))
		shut(file, entry);
	else
		lsp_file_note_seen(file, entry, file->_IO_write_ptr);
}

size_t lsp_file_unseen(const FILE *file, const struct lsp_fd *entry, const struct lsp_context *c,
	const char **ret_from)
{
	const char *base = file->_IO_write_base, *end = file->_IO_write_ptr;
	const char *seen = (const char *)atomic_load_explicit(&entry->seen, memory_order_relaxed);

	if (!lsp_file_may_be_unseen(file, entry) || !(entry->inlined || lsp_current_is_constant(c)))
		return 0;
	*ret_from = seen >= base && seen <= end ? seen : base;
	return (size_t)(end - *ret_from);
}

void lsp_file_note_inlined(FILE *file)
{
	struct lsp_rule rule;
	struct lsp_fd *entry;

	if (!lsp_file_is_whole(file) || lsp_file_is_shut(file) || lsp_shim.state != LSP_STATE_ON ||
		!(lsp_shim.sources || lsp_shim.tracking))
		return;
	entry = lsp_fd_get(file->_fileno, lsp_shim_now_ns(), &rule);
	if (!entry)
		return;
	entry->inlined = 1;
	lsp_file_seen(file, entry, rule);
}

bool lsp_file_open_door(struct lsp_file_hold *h, FILE *file, bool unlocked)
{
	struct lsp_fd *entry = file && lsp_file_is_whole(file) ? lsp_fd_known(file->_fileno) : NULL;
	bool was;

	if (!entry || !atomic_load_explicit(&entry->seen, memory_order_relaxed))
		return false;
	/* Another thread may have opened it for its own call. */
	if (!unlocked)
		lsp_file_hold(h, file);
	was = lsp_file_is_shut_by_us(file, entry);
	if (was)
		lsp_file_unshut(file, entry);
	else if (!unlocked)
		lsp_file_let_go(h);
	return was;
}

static void shut_again(FILE *file)
{
	struct lsp_fd *entry = lsp_file_is_whole(file) ? lsp_fd_known(file->_fileno) : NULL;

	if (entry)
		shut(file, entry);
}

void lsp_file_shut_door(struct lsp_file_hold *h, FILE *file, bool unlocked)
{
	int saved = errno;

	shut_again(file);
	if (!unlocked)
		lsp_file_let_go(h);
	errno = saved;
}

void lsp_file_leave_door_open(FILE *file)
{
	struct lsp_file_hold hold;

	if (lsp_file_has_doors() && lsp_file_open_door(&hold, file, false))
		lsp_file_let_go(&hold);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void unlock_list(void *unused)
{
	(void)unused;
	_IO_list_unlock();
}

static int flush(FILE *file, void (*look)(FILE *file))
{
	struct lsp_file_hold hold;
	bool was;
	int ret;

	if (file->_mode > 0 || file->_IO_write_ptr <= file->_IO_write_base)
		return 0;
	look(file);
	was = lsp_file_open_door(&hold, file, true);
	ret = REAL(__overflow)(file, EOF);
	if (was)
		shut_again(file);
	return ret == EOF ? EOF : 0;
}

/* The locks, and their order, are those that fflush(NULL) takes. */
int lsp_file_flush_all(void (*look)(FILE *file))
{
	struct _pthread_cleanup_buffer buffer;
	struct lsp_file_hold hold;
	int ret = 0, failure = 0;

	if (!_IO_list_lock || !_IO_list_unlock || !_IO_iter_begin || !_IO_iter_end ||
		!_IO_iter_next || !_IO_iter_file)
		return 0;
	_IO_list_lock();
	_pthread_cleanup_push(&buffer, unlock_list, NULL);
	for (file_position at = _IO_iter_begin(); at != _IO_iter_end(); at = _IO_iter_next(at)) {
		FILE *file = _IO_iter_file(at);

		lsp_file_hold(&hold, file);
		if (flush(file, look)) {
			ret = EOF;
			failure = errno;
		}
		lsp_file_let_go(&hold);
	}
	_pthread_cleanup_pop(&buffer, 1);
	if (ret)
		errno = failure;
	return ret;
}
