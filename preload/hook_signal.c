/* Family signal: who handles the fatal signals. libc's own routes to sigaction() pass no hook, so
 * each name is one here. */
#include "real.h"

#include "crash.h"

#include <errno.h>

static void look_at(const struct sigaction *action)
{
	if (action && (action->sa_flags & SA_ONSTACK) && action->sa_handler != SIG_DFL &&
		action->sa_handler != SIG_IGN && lsp_shim.state == LSP_STATE_ON)
		(void)lsp_altstack_withdraw();
}

int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
	look_at(action);
	return lsp_crash_is_fatal(signal) ? lsp_crash_sigaction(signal, action, old)
					  : REAL(sigaction)(signal, action, old);
}

int __sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
	look_at(action);
	return lsp_crash_is_fatal(signal) ? lsp_crash_sigaction(signal, action, old)
					  : REAL(__sigaction)(signal, action, old);
}

/* signal() in its two flavours: BSD's stays installed, System V's is used once. siginterrupt() may
 * have taken SA_RESTART away; that only it knows, so the real function is called for handlers. */
static sighandler_t set(int signal, sighandler_t handler, sighandler_t (*real)(int, sighandler_t))
{
	struct sigaction old, wanted = { .sa_handler = handler };

	if (!lsp_crash_is_fatal(signal) || handler == SIG_ERR)
		return real(signal, handler);
	if (handler == SIG_DFL) {
		wanted.sa_flags = SA_RESTART;
		sigaddset(&wanted.sa_mask, signal);
		return lsp_crash_sigaction(signal, &wanted, &old) ? SIG_ERR : old.sa_handler;
	}
	if (lsp_crash_sigaction(signal, NULL, &old))
		return SIG_ERR;
	lsp_crash_handler_set(signal, handler);
	return real(signal, handler) == SIG_ERR ? SIG_ERR : old.sa_handler;
}

sighandler_t signal(int signal, sighandler_t handler)
{
	return set(signal, handler, REAL(signal));
}

sighandler_t bsd_signal(int signal, sighandler_t handler)
{
	return set(signal, handler, REAL(bsd_signal));
}

sighandler_t ssignal(int signal, sighandler_t handler)
{
	return set(signal, handler, REAL(ssignal));
}

sighandler_t sysv_signal(int signal, sighandler_t handler)
{
	return set(signal, handler, REAL(sysv_signal));
}

sighandler_t __sysv_signal(int signal, sighandler_t handler)
{
	return set(signal, handler, REAL(__sysv_signal));
}

/* sigset() unblocks the signal as well, and answers SIG_HOLD when it was blocked. */
sighandler_t sigset(int signal, sighandler_t handler)
{
	struct sigaction old, wanted = { .sa_handler = SIG_DFL };
	sighandler_t r;

	if (!lsp_crash_is_fatal(signal))
		return REAL(sigset)(signal, handler);
	if (lsp_crash_sigaction(signal, NULL, &old))
		return SIG_ERR;
	if (handler != SIG_HOLD)
		lsp_crash_handler_set(signal, handler);
	r = REAL(sigset)(signal, handler);
	if (r == SIG_ERR || r == SIG_HOLD)
		old.sa_handler = r;
	if (handler == SIG_DFL && r != SIG_ERR)
		(void)lsp_crash_sigaction(signal, &wanted, NULL);
	return old.sa_handler;
}

int sigaltstack(const stack_t *stack, stack_t *old)
{
	return lsp_shim.state == LSP_STATE_ON ? lsp_altstack_set(stack, old)
					      : REAL(sigaltstack)(stack, old);
}
