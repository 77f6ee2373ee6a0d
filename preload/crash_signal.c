/* Fatal signals. The handler hides (the host sees SIG_DFL where it is installed), re-arms (a host
 * that sets SIG_DFL gets it back) and stands aside (a host's own handler is installed as it is). It
 * tells, puts SIG_DFL in place and lets the same signal end the process, so that the exit status,
 * the core and its si_addr are those of the fault. */
#include "real.h"
#include "crash.h"

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <sys/syscall.h>
#include <time.h>

#define STACK_ENOUGH_BYTES (24 * 1024) /* of an alternate stack, for walking frames */
#define NEAR_BYTES         4096
#define SA_RESTORER_FLAG   0x04000000 /* what the kernel reports of a libc's action */

static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
#define N_FATAL (sizeof(fatal) / sizeof(fatal[0]))

static bool started;
static bool withdrew; /* lsp_crash_stop(): the stacks for handlers */
static _Atomic uint32_t crashing; /* the first thread that crashed */
static sigjmp_buf way_out; /* of telling, when that crashes in turn */
static const struct {
	unsigned bytes;
	char text[];
} *const *abort_message; /* libc's: why it aborts */

/* What the host asked for with SIG_DFL: flags and mask have no effect, but can be asked for. */
static struct sigaction hosts[N_FATAL];
static _Atomic bool hosts_handled[N_FATAL]; /* the host had a handler of its own at some time */

static int index_of(int signal)
{
	for (size_t i = 0; i < N_FATAL; i++)
		if (fatal[i] == signal)
			return (int)i;
	return -1;
}

bool lsp_crash_is_fatal(int signal)
{
	return started && index_of(signal) >= 0;
}

/* ---- the message
 * --------------------------------------------------------------------------------- */

static const char *reason_of(const siginfo_t *info)
{
	switch (info->si_signo) {
	case SIGSEGV:
		return info->si_code == SEGV_MAPERR   ? "nothing is mapped at"
		       : info->si_code == SEGV_ACCERR ? "no access to"
						      : "bad address";
	case SIGBUS:
		return info->si_code == BUS_ADRALN   ? "unaligned access to"
		       : info->si_code == BUS_ADRERR ? "no memory behind (a truncated file?)"
						     : "hardware error at";
	case SIGFPE:
		return info->si_code == FPE_INTDIV   ? "integer division by zero at"
		       : info->si_code == FPE_INTOVF ? "integer overflow at"
						     : "floating point error at";
	case SIGILL:
		return "illegal instruction at";
	case SIGTRAP:
		return "trap at";
	default:
		return "at";
	}
}

/* A fault this near to the stack pointer is a stack that grew out of its room. */
static bool is_overflow(const siginfo_t *info, const ucontext_t *at)
{
#if defined(__x86_64__)
	uintptr_t sp = (uintptr_t)at->uc_mcontext.gregs[REG_RSP];
#else
	uintptr_t sp = at->uc_mcontext.sp;
#endif
	uintptr_t address = (uintptr_t)info->si_addr;

	return info->si_signo == SIGSEGV && info->si_code > 0 && address + NEAR_BYTES > sp &&
	       address < sp + NEAR_BYTES;
}

static void message_of(
	const siginfo_t *info, const ucontext_t *at, char out[LSP_CRASH_MESSAGE_BYTES])
{
	uint32_t self = lsp_shim.pid;

	if (info->si_signo == SIGABRT && abort_message && *abort_message)
		snprintf(out, LSP_CRASH_MESSAGE_BYTES, "%.400s", (*abort_message)->text);
	else if (info->si_signo == SIGSYS)
		snprintf(out, LSP_CRASH_MESSAGE_BYTES, "system call %d is not allowed",
			info->si_syscall);
	else if (info->si_code <= 0 && (uint32_t)info->si_pid == self)
		snprintf(out, LSP_CRASH_MESSAGE_BYTES, "the program sent it to itself");
	else if (info->si_code <= 0)
		snprintf(out, LSP_CRASH_MESSAGE_BYTES, "sent by process %d", (int)info->si_pid);
	else
		snprintf(out, LSP_CRASH_MESSAGE_BYTES, "%s 0x%lx",
			is_overflow(info, at) ? "the stack overflowed at" : reason_of(info),
			(unsigned long)(uintptr_t)info->si_addr);
}

/* ---- the handler
 * --------------------------------------------------------------------------------- */

static void tell(const siginfo_t *info, const ucontext_t *at)
{
	char message[LSP_CRASH_MESSAGE_BYTES], kind[16];
	const char *name = sigabbrev_np(info->si_signo);
	stack_t stack;

	snprintf(kind, sizeof(kind), "SIG%s", name ? name : "?");
	message_of(info, at, message);
	/* A runtime's own small alternate stack is left room on. */
	if (syscall(SYS_sigaltstack, 0L, &stack) == 0 && (stack.ss_flags & SS_ONSTACK) &&
		stack.ss_size < STACK_ENOUGH_BYTES)
		at = LSP_CRASH_NO_FRAMES;
	(void)lsp_crash_tell(kind, message, at);
}

static void end_process_span(int signal)
{
	if (lsp_shim.has_env && lsp_shim.spans && lsp_shim.pid == lsp_shim.first_pid &&
		(uint32_t)syscall(SYS_getpid) == lsp_shim.pid) {
		lsp_process_span_begin();
		(void)lsp_ring_put_exit(
			&lsp_shim.ring, &lsp_shim.env_context, lsp_thread_id(), 0, signal);
	}
}

/* A parent that ends like its child does so by its child's signal, sent to itself: the child's
 * error, not one of this process. One that had a handler (which reported, and wants the process to
 * end now) means its own. */
static bool is_passed_on(const siginfo_t *info)
{
	return info->si_signo != SIGABRT && info->si_code <= 0 &&
	       (uint32_t)info->si_pid == lsp_shim.pid && !hosts_handled[index_of(info->si_signo)];
}

/* The instruction that faulted runs again; what cannot happen again is sent again. */
static void hand_back(int signal, siginfo_t *info)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	bool again = info->si_code > 0 && signal != SIGTRAP && signal != SIGSYS &&
		     signal != SIGABRT && !(signal == SIGBUS && info->si_code == BUS_MCEERR_AO);

	(void)REAL(sigaction)(signal, &action, NULL);
	if (!again)
		(void)syscall(SYS_rt_tgsigqueueinfo, (pid_t)syscall(SYS_getpid),
			(pid_t)syscall(SYS_gettid), signal, info);
}

static void on_fatal(int signal, siginfo_t *info, void *at)
{
	uint32_t self = (uint32_t)syscall(SYS_gettid), nobody = 0;
	int saved = errno;

	if (atomic_load(&crashing) == self)
		siglongjmp(way_out, 1); /* telling crashed */
	if (atomic_compare_exchange_strong(&crashing, &nobody, self)) {
		if (sigsetjmp(way_out, 1) == 0) {
			if (!is_passed_on(info) && !(signal == SIGABRT && lsp_crash_told_abort()))
				tell(info, at);
			end_process_span(signal);
		}
		hand_back(signal, info);
		atomic_store(&crashing, 0);
	} else {
		/* The process is about to end of the first one's. */
		struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

		(void)syscall(SYS_nanosleep, &pause, 0L);
		hand_back(signal, info);
	}
	errno = saved;
}

/* ---- hide, re-arm, stand aside
 * ------------------------------------------------------------------- */

static void make_ours(struct sigaction *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sa_sigaction = on_fatal;
	ret->sa_flags = SA_SIGINFO | SA_ONSTACK;
	/* The host's other handlers do not run on top of ours; a fault in ours is caught. */
	sigfillset(&ret->sa_mask);
	for (size_t i = 0; i < N_FATAL; i++)
		sigdelset(&ret->sa_mask, fatal[i]);
}

void lsp_crash_handler_set(int signal, sighandler_t handler)
{
	if (handler != SIG_DFL && handler != SIG_IGN)
		hosts_handled[index_of(signal)] = true;
}

int lsp_crash_sigaction(int signal, const struct sigaction *action, struct sigaction *ret_old)
{
	struct sigaction ours, before = { .sa_handler = SIG_DFL };
	struct sigaction *host = &hosts[index_of(signal)];
	struct sigaction was = *host;
	bool by_default = action && action->sa_handler == SIG_DFL;
	int r;

	if (by_default)
		make_ours(&ours);
	else if (action)
		lsp_crash_handler_set(signal, action->sa_handler);
	r = REAL(sigaction)(signal, by_default ? &ours : action, &before);
	if (r)
		return r;
	if (by_default) {
		*host = *action;
		host->sa_flags |= SA_RESTORER_FLAG;
		host->sa_restorer = before.sa_restorer;
	}
	if (ret_old)
		*ret_old = before.sa_sigaction == on_fatal ? was : before;
	return 0;
}

static void find_abort_message(void)
{
	*(const void **)&abort_message = dlvsym(RTLD_DEFAULT, "__abort_msg", "GLIBC_PRIVATE");
}

/* Where nobody else has one. */
static void take(void)
{
	struct sigaction ours, before = { .sa_handler = SIG_IGN };

	make_ours(&ours);
	for (size_t i = 0; i < N_FATAL; i++) {
		if (REAL(sigaction)(fatal[i], &ours, &before) == 0 && before.sa_handler != SIG_DFL)
			(void)REAL(sigaction)(fatal[i], &before, NULL); /* ignored, or taken */
		hosts[i] = before;
	}
	started = true;
}

void lsp_crash_stop(void)
{
	struct sigaction now = { .sa_handler = SIG_DFL };

	if (!started)
		return;
	started = false;
	for (size_t i = 0; i < N_FATAL; i++)
		if (REAL(sigaction)(fatal[i], NULL, &now) == 0 && now.sa_sigaction == on_fatal)
			(void)REAL(sigaction)(fatal[i], &hosts[i], NULL);
	withdrew = lsp_altstack_withdraw();
}

void lsp_crash_resume(void)
{
	if (lsp_shim.settings.errors == LSP_ERRORS_OFF)
		return;
	take();
	if (withdrew)
		lsp_altstack_allow();
}

void lsp_crash_start(bool now)
{
	if (lsp_shim.settings.errors == LSP_ERRORS_OFF)
		return;
	take();
	lsp_altstack_start();
	find_abort_message();
	if (now)
		lsp_crash_prepare();
}
