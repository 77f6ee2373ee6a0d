/* Error records: what a process that dies of an error leaves behind. One record in the ring, then
 * one stamped line on standard error where that is a log. docs/shim.md says when.
 *
 * Async-signal-safe, and keeps errno, where nothing else is said. */
#ifndef LSP_PRELOAD_CRASH_H
#define LSP_PRELOAD_CRASH_H

#include "crash_stack.h"
#include "shim.h"
#include <signal.h>

#define LSP_CRASH_MESSAGE_BYTES 512

/* Tells of an error on this thread, if a span is active here and --errors asks for it: kind is a
 * signal's name or "assert", "abort", "terminate", "exit"; message is one text, cut to fit, made
 * one line. at: the registers of the interrupted code; NULL: the frames of the caller; with
 * LSP_CRASH_NO_FRAMES none are looked for. One thread tells at a time; one that comes while another
 * tells is not heard. True when the record was made. */
#define LSP_CRASH_NO_FRAMES ((const ucontext_t *)-1)
bool lsp_crash_tell(const char *kind, const char *message, const ucontext_t *at);

/* The same, and the SIGABRT that follows on this thread is not told again. */
void lsp_crash_tell_abort(const char *kind, const char *message);
bool lsp_crash_told_abort(void);

/* The process ends with that status; one other than 0 inside a span is told. last: what err() or
 * error() is about to print before it ends the process; kept until then. */
void lsp_crash_exit(int status);
void lsp_crash_last_words(const char *last);

/* The constructor's part: the handlers of fatal signals, where nobody else has one. With `now`, the
 * unwinder is loaded as well. */
void lsp_crash_start(bool now);

/* Gives the fatal signals back to the host, and this thread's stack for handlers; and takes the
 * signals again. Keeps nothing. */
void lsp_crash_stop(void);
void lsp_crash_resume(void);

/* Loads the unwinder: opens libraries, so it allocates and locks. Only where a program says that it
 * is going to serve (listen), and in the constructor. */
void lsp_crash_prepare(void);

/* crash_signal.c: true for the signals that are told; what hooks of sigaction() and its like need
 * to hide our handler. */
bool lsp_crash_is_fatal(int signal);
/* The host is about to install a handler of its own, by another route than this one. */
void lsp_crash_handler_set(int signal, sighandler_t handler);
/* As sigaction(2), as the host would see it without us. */
int lsp_crash_sigaction(int signal, const struct sigaction *action, struct sigaction *ret_old);

/* crash_altstack.c: a thread's stack for handlers, so that a stack that overflowed is told, too.
 * Begin returns NULL when there is none to be had; end is given what begin returned. */
void *lsp_altstack_begin(void);
void lsp_altstack_end(void *stack);
/* The host has a handler that asks for an alternate stack: it must not run on ours. Returns false
 * when that was so already. */
bool lsp_altstack_withdraw(void);
/* Threads that start from now on get one again. */
void lsp_altstack_allow(void);
/* Makes the main thread's. */
void lsp_altstack_start(void);
/* As sigaltstack(2), as the host would see it without us. */
int lsp_altstack_set(const stack_t *stack, stack_t *ret_old);

#endif
