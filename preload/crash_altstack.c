/* Stacks for handlers. A thread whose own stack has overflowed can tell it only on another one. The
 * kernel takes one per thread; where the host has none, it has ours, and does not see it.
 *
 * A host's handler that asks for an alternate stack would run on ours, too, where without us it ran
 * on the thread's own: garbage collectors look for roots between the two ends of that one. So the
 * first such handler ends it: this thread's is taken away, later threads get none. */
#include "real.h"
#include "crash.h"
#include "host_memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define STACK_BYTES (64 * 1024)
#define GUARD_BYTES 4096

static char main_stack[STACK_BYTES] __attribute__((aligned(64)));
static __thread const void *mine __attribute__((tls_model("initial-exec")));

static _Atomic bool withdrawn;

static const stack_t none = { .ss_flags = SS_DISABLE };

static bool give(void *base)
{
	stack_t ours = { .ss_sp = base, .ss_size = STACK_BYTES }, now = none;

	if (REAL(sigaltstack)(NULL, &now) || !(now.ss_flags & SS_DISABLE) ||
		REAL(sigaltstack)(&ours, NULL))
		return false;
	mine = base;
	return true;
}

bool lsp_altstack_withdraw(void)
{
	int saved = errno;
	stack_t now = none;

	bool first = !atomic_exchange(&withdrawn, true);
	/* Where the host has put its own in place, that one stays. Ours is refused to go while a
	 * handler runs on it; then it stays, and stays hidden. */
	if (mine && REAL(sigaltstack)(NULL, &now) == 0 &&
		(now.ss_sp != mine || REAL(sigaltstack)(&none, NULL) == 0))
		mine = NULL;
	errno = saved;
	return first;
}

void lsp_altstack_allow(void)
{
	withdrawn = false;
}

void lsp_altstack_start(void)
{
	(void)give(main_stack);
}

void *lsp_altstack_begin(void)
{
	int saved = errno;
	char *at;

	if (withdrawn)
		return NULL;
	at = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (at == MAP_FAILED)
		at = NULL;
	else if (mprotect(at + GUARD_BYTES, STACK_BYTES, PROT_READ | PROT_WRITE) ||
		 !give(at + GUARD_BYTES)) {
		(void)munmap(at, GUARD_BYTES + STACK_BYTES);
		at = NULL;
	}
	errno = saved;
	return at;
}

void lsp_altstack_end(void *stack)
{
	int saved = errno;
	stack_t now = none;

	if (lsp_shim.state == LSP_STATE_ASIDE)
		return; /* what it takes may be forbidden */
	/* A host that has put its own in place since keeps that one. */
	if (REAL(sigaltstack)(NULL, &now) == 0 && now.ss_sp == (char *)stack + GUARD_BYTES)
		(void)REAL(sigaltstack)(&none, NULL);
	mine = NULL;
	(void)munmap(stack, GUARD_BYTES + STACK_BYTES);
	errno = saved;
}

int lsp_altstack_set(const stack_t *stack, stack_t *ret_old)
{
	stack_t before = none, ours = { .ss_sp = (void *)(uintptr_t)mine, .ss_size = STACK_BYTES };
	bool off;

	if (!mine || lsp_shim.state != LSP_STATE_ON ||
		!lsp_host_readable(stack, stack ? sizeof(*stack) : 0) ||
		!lsp_host_readable(ret_old, ret_old ? sizeof(*ret_old) : 0))
		return REAL(sigaltstack)(stack, ret_old);
	off = stack && (stack->ss_flags & SS_DISABLE);
	if (REAL(sigaltstack)(off ? &ours : stack, &before))
		return -1;
	if (ret_old)
		*ret_old = before.ss_sp == mine && !(before.ss_flags & SS_ONSTACK) ? none : before;
	return 0;
}
