/* Family syscall: libc's way to calls that have no name there. Three kinds are of interest: filters
 * of system calls (libseccomp; the other way is prctl()), and forks, after which none of the
 * handlers of pthread_atfork() runs. All others are handed on by a jump: nothing of ours is on the
 * stack, and no register is changed. So are those that share memory or bring a stack along: they
 * return twice on what the caller has arranged. */
#include "real.h"

#include "host_memory.h"
#include "sandbox.h"
#include "shim.h"

#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

typedef long raw_call(long number, long a, long b, long c, long d, long e, long f);

static long filter(long number, long operation, long flags, long at, long d, long e, long f)
{
	bool filters = operation == SECCOMP_SET_MODE_STRICT ||
		       (operation == SECCOMP_SET_MODE_FILTER && at);
	bool aside = filters && lsp_sandbox_begin();
	long r;

	r = REAL(syscall)(number, operation, flags, at, d, e, f);
	/* With threads to take along, a positive answer names one that could not be. */
	if (aside && r != 0 && (r < 0 || !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)))
		lsp_sandbox_refused();
	return r;
}

static long fork_raw(long number, long a, long b, long c, long d, long e, long f)
{
	long r = REAL(syscall)(number, a, b, c, d, e, f);

	if (r == 0)
		lsp_shim_after_fork();
	return r;
}

static bool is_fork(uint64_t flags, uint64_t stack)
{
	return !(flags & CLONE_VM) && stack == 0;
}

/* clone() of the kernel has the flags first, but for s390. */
static bool forks(long number, long a, long b)
{
	const struct clone_args *args = (const void *)a;

	switch (number) {
#ifdef SYS_fork
	case SYS_fork:
		return true;
#endif
#ifndef __s390__
	case SYS_clone:
		return is_fork((uint64_t)a, (uint64_t)b);
#endif
	case SYS_clone3:
		return lsp_host_readable(args, sizeof(*args)) && is_fork(args->flags, args->stack);
	default:
		return false;
	}
}

raw_call *lsp_syscall_route(long number, long a, long b);

__attribute__((used)) raw_call *lsp_syscall_route(long number, long a, long b)
{
	if (number == SYS_seccomp)
		return filter;
	return forks(number, a, b) ? fork_raw : (raw_call *)(void *)REAL(syscall);
}

#if defined(__x86_64__)
_Static_assert(SYS_seccomp == 317 && SYS_clone == 56 && SYS_fork == 57 && SYS_clone3 == 435,
	"the numbers below");

/* Where the others go; NULL until it was asked for once. */
__attribute__((used, visibility("hidden"))) raw_call *lsp_syscall_next;

__attribute__((constructor)) static void find_next(void)
{
	lsp_syscall_next = (raw_call *)(void *)REAL(syscall);
}

__asm__(".text\n"
	".globl syscall\n"
	".type syscall, @function\n"
	"syscall:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	cmp $317, %rdi\n"
	"	je 1f\n"
	"	lea -56(%rdi), %rax\n"
	"	cmp $1, %rax\n"
	"	jbe 1f\n"
	"	cmp $435, %rdi\n"
	"	je 1f\n"
	"	mov lsp_syscall_next(%rip), %rax\n"
	"	test %rax, %rax\n"
	"	je 1f\n"
	"	jmp *%rax\n"
	"1:	push %rdi\n"
	"	push %rsi\n"
	"	push %rdx\n"
	"	push %rcx\n"
	"	push %r8\n"
	"	push %r9\n"
	"	sub $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 56\n"
	"	call lsp_syscall_route\n"
	"	add $8, %rsp\n"
	"	pop %r9\n"
	"	pop %r8\n"
	"	pop %rcx\n"
	"	pop %rdx\n"
	"	pop %rsi\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -56\n"
	"	jmp *%rax\n"
	"	.cfi_endproc\n"
	".size syscall, .-syscall\n");
#else
long syscall(long number, ...)
{
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return lsp_syscall_route(number, a[0], a[1])(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
#endif
