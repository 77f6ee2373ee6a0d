/* Every name that the shim takes the place of: one line each. The declarations, the table of real
 * functions, their resolution and the library's export map are made of this list.
 *
 *   HOOK(return type, name, (parameters), family)
 *
 * A family is the file that holds the bodies: hook_FAMILY.c. No include guard: included with HOOK
 * defined as needed. Names and reasons: docs/shim.md. */

/* ---- fd: what writes bytes to a descriptor */
HOOK(ssize_t, write, (int, const void *, size_t), fd)
HOOK(ssize_t, __write, (int, const void *, size_t), fd)
HOOK(ssize_t, writev, (int, const struct iovec *, int), fd)
HOOK(ssize_t, send, (int, const void *, size_t, int), fd)
HOOK(ssize_t, __send, (int, const void *, size_t, int), fd)
HOOK(ssize_t, sendto, (int, const void *, size_t, int, const struct sockaddr *, socklen_t), fd)
HOOK(ssize_t, sendmsg, (int, const struct msghdr *, int), fd)
HOOK(ssize_t, __sendmsg, (int, const struct msghdr *, int), fd)
HOOK(int, dprintf, (int, const char *, ...), fd_format)
HOOK(int, vdprintf, (int, const char *, va_list), fd_format)
HOOK(int, __dprintf_chk, (int, int, const char *, ...), fd_format)
HOOK(int, __vdprintf_chk, (int, int, const char *, va_list), fd_format)

/* ---- stdio: whole texts */
HOOK(int, puts, (const char *), stdio)
HOOK(int, _IO_puts, (const char *), stdio)
HOOK(int, fputs, (const char *, FILE *), stdio)
HOOK(int, _IO_fputs, (const char *, FILE *), stdio)
HOOK(int, fputs_unlocked, (const char *, FILE *), stdio)
HOOK(size_t, fwrite, (const void *, size_t, size_t, FILE *), stdio)
HOOK(size_t, _IO_fwrite, (const void *, size_t, size_t, FILE *), stdio)
HOOK(size_t, fwrite_unlocked, (const void *, size_t, size_t, FILE *), stdio)
HOOK(int, putw, (int, FILE *), stdio)

/* ---- stdio: formatted */
HOOK(int, printf, (const char *, ...), stdio_format)
HOOK(int, _IO_printf, (const char *, ...), stdio_format)
HOOK(int, fprintf, (FILE *, const char *, ...), stdio_format)
HOOK(int, _IO_fprintf, (FILE *, const char *, ...), stdio_format)
HOOK(int, vprintf, (const char *, va_list), stdio_format)
HOOK(int, vfprintf, (FILE *, const char *, va_list), stdio_format)
HOOK(int, _IO_vfprintf, (FILE *, const char *, va_list), stdio_format)
HOOK(int, __printf_chk, (int, const char *, ...), stdio_format)
HOOK(int, __fprintf_chk, (FILE *, int, const char *, ...), stdio_format)
HOOK(int, __vprintf_chk, (int, const char *, va_list), stdio_format)
HOOK(int, __vfprintf_chk, (FILE *, int, const char *, va_list), stdio_format)

/* ---- stdio: single characters */
HOOK(int, fputc, (int, FILE *), stdio_char)
HOOK(int, putc, (int, FILE *), stdio_char)
HOOK(int, _IO_putc, (int, FILE *), stdio_char)
HOOK(int, putchar, (int), stdio_char)
HOOK(int, fputc_unlocked, (int, FILE *), stdio_char)
HOOK(int, putc_unlocked, (int, FILE *), stdio_char)
HOOK(int, putchar_unlocked, (int), stdio_char)
HOOK(int, __overflow, (FILE *, int), stdio_char)
HOOK(int, fflush, (FILE *), stdio_flush)
HOOK(int, _IO_fflush, (FILE *), stdio_flush)
HOOK(int, fflush_unlocked, (FILE *), stdio_flush)

/* ---- message: functions that compose a whole line for standard error themselves */
HOOK(void, perror, (const char *), message)
HOOK(void, error, (int, int, const char *, ...), message)
HOOK(void, error_at_line, (int, int, const char *, unsigned, const char *, ...), message)
HOOK(void, err, (int, const char *, ...), message)
HOOK(void, verr, (int, const char *, va_list), message)
HOOK(void, errx, (int, const char *, ...), message)
HOOK(void, verrx, (int, const char *, va_list), message)
HOOK(void, warn, (const char *, ...), message)
HOOK(void, vwarn, (const char *, va_list), message)
HOOK(void, warnx, (const char *, ...), message)
HOOK(void, vwarnx, (const char *, va_list), message)
HOOK(void, psignal, (int, const char *), message)
HOOK(void, psiginfo, (const siginfo_t *, const char *), message)
HOOK(void, herror, (const char *), message)

/* ---- syslog */
HOOK(void, syslog, (int, const char *, ...), syslog)
HOOK(void, vsyslog, (int, const char *, va_list), syslog)
HOOK(void, __syslog_chk, (int, int, const char *, ...), syslog)
HOOK(void, __vsyslog_chk, (int, int, const char *, va_list), syslog)

/* ---- journal: libsystemd's one way out */
HOOK(int, sd_journal_sendv, (const struct iovec *, int), journal)

/* ---- wide: characters of wchar_t */
HOOK(int, wprintf, (const wchar_t *, ...), wide)
HOOK(int, fwprintf, (FILE *, const wchar_t *, ...), wide)
HOOK(int, vwprintf, (const wchar_t *, va_list), wide)
HOOK(int, vfwprintf, (FILE *, const wchar_t *, va_list), wide)
HOOK(int, __wprintf_chk, (int, const wchar_t *, ...), wide)
HOOK(int, __fwprintf_chk, (FILE *, int, const wchar_t *, ...), wide)
HOOK(int, __vwprintf_chk, (int, const wchar_t *, va_list), wide)
HOOK(int, __vfwprintf_chk, (FILE *, int, const wchar_t *, va_list), wide)
HOOK(int, fputws, (const wchar_t *, FILE *), wide)
HOOK(int, fputws_unlocked, (const wchar_t *, FILE *), wide)
HOOK(wint_t, fputwc, (wchar_t, FILE *), wide)
HOOK(wint_t, putwc, (wchar_t, FILE *), wide)
HOOK(wint_t, putwchar, (wchar_t), wide)
HOOK(wint_t, fputwc_unlocked, (wchar_t, FILE *), wide)
HOOK(wint_t, putwc_unlocked, (wchar_t, FILE *), wide)
HOOK(wint_t, putwchar_unlocked, (wchar_t), wide)
HOOK(wint_t, __woverflow, (FILE *, wint_t), wide)

/* ---- identity: what makes a descriptor number mean something else */
HOOK(int, close, (int), identity)
HOOK(int, close_range, (unsigned, unsigned, int), identity)
HOOK(void, closefrom, (int), identity)
HOOK(int, dup, (int), identity)
HOOK(int, dup2, (int, int), identity)
HOOK(int, dup3, (int, int, int), identity)
HOOK(int, fcntl, (int, int, ...), identity)
HOOK(int, fcntl64, (int, int, ...), identity)
HOOK(int, fclose, (FILE *), identity)
HOOK(int, _IO_fclose, (FILE *), identity)
HOOK(int, pclose, (FILE *), identity)
HOOK(FILE *, fopen, (const char *, const char *), identity)
HOOK(FILE *, fopen64, (const char *, const char *), identity)
HOOK(FILE *, freopen, (const char *, const char *, FILE *), identity)
HOOK(FILE *, freopen64, (const char *, const char *, FILE *), identity)
HOOK(int, open, (const char *, int, ...), identity)
HOOK(int, open64, (const char *, int, ...), identity)
HOOK(int, openat, (int, const char *, int, ...), identity)
HOOK(int, openat64, (int, const char *, int, ...), identity)
HOOK(int, creat, (const char *, mode_t), identity)
HOOK(int, creat64, (const char *, mode_t), identity)
HOOK(int, socket, (int, int, int), identity)
HOOK(int, pipe, (int[2]), identity)
HOOK(int, pipe2, (int[2], int), identity)

/* ---- exec: what starts another program */
HOOK(int, execve, (const char *, char *const[], char *const[]), exec)
HOOK(int, execv, (const char *, char *const[]), exec)
HOOK(int, execvp, (const char *, char *const[]), exec)
HOOK(int, execvpe, (const char *, char *const[], char *const[]), exec)
HOOK(int, fexecve, (int, char *const[], char *const[]), exec)
HOOK(int, execveat, (int, const char *, char *const[], char *const[], int), exec)
HOOK(int, execl, (const char *, const char *, ...), exec)
HOOK(int, execlp, (const char *, const char *, ...), exec)
HOOK(int, execle, (const char *, const char *, ...), exec)
HOOK(int, posix_spawn, (pid_t *, const char *, const posix_spawn_file_actions_t *, \
	const posix_spawnattr_t *, char *const[], char *const[]), exec)
HOOK(int, posix_spawnp, (pid_t *, const char *, const posix_spawn_file_actions_t *, \
	const posix_spawnattr_t *, char *const[], char *const[]), exec)

/* ---- shell: libc starts a shell by itself, with the process's environment */
HOOK(int, system, (const char *), shell)
HOOK(FILE *, popen, (const char *, const char *), shell)
HOOK(FILE *, _IO_popen, (const char *, const char *), shell)

/* ---- process: its end, its threads */
HOOK(void, _exit, (int), process)
HOOK(void, _Exit, (int), process)
HOOK(int, clone, (int (*)(void *), void *, int, void *, ...), process)

/* ---- death: the process ends of an error */
HOOK(void, __assert_fail, (const char *, const char *, unsigned, const char *), death)
HOOK(void, __assert_perror_fail, (int, const char *, unsigned, const char *), death)
HOOK(void, __assert, (const char *, const char *, int), death)
HOOK(void, abort, (void), death)

/* ---- signal: who handles the fatal ones */
HOOK(int, sigaction, (int, const struct sigaction *, struct sigaction *), signal)
HOOK(int, __sigaction, (int, const struct sigaction *, struct sigaction *), signal)
HOOK(sighandler_t, signal, (int, sighandler_t), signal)
HOOK(sighandler_t, bsd_signal, (int, sighandler_t), signal)
HOOK(sighandler_t, ssignal, (int, sighandler_t), signal)
HOOK(sighandler_t, sysv_signal, (int, sighandler_t), signal)
HOOK(sighandler_t, __sysv_signal, (int, sighandler_t), signal)
HOOK(sighandler_t, sigset, (int, sighandler_t), signal)
HOOK(int, sigaltstack, (const stack_t *, stack_t *), signal)

/* ---- load: tracers come and go with their libraries */
HOOK(void *, dlopen, (const char *, int), load)
HOOK(int, dlclose, (void *), load)

/* ---- prctl: a tracer says what its process is */
HOOK(int, prctl, (int, ...), prctl)

/* ---- syscall: filters of system calls, and forks that libc does not hear of */
HOOK(long, syscall, (long, ...), syscall)

/* ---- thread */
HOOK(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), thread)

/* ---- socket: connections, for programs without a tracer */
HOOK(int, accept, (int, struct sockaddr *, socklen_t *), socket)
HOOK(int, accept4, (int, struct sockaddr *, socklen_t *, int), socket)
HOOK(int, connect, (int, const struct sockaddr *, socklen_t), socket)
HOOK(int, listen, (int, int), socket)
HOOK(int, shutdown, (int, int), socket)
HOOK(ssize_t, read, (int, void *, size_t), socket)
HOOK(ssize_t, __read, (int, void *, size_t), socket)
HOOK(ssize_t, readv, (int, const struct iovec *, int), socket)
HOOK(ssize_t, recv, (int, void *, size_t, int), socket)
HOOK(ssize_t, __recv, (int, void *, size_t, int), socket)
HOOK(ssize_t, recvfrom, (int, void *, size_t, int, struct sockaddr *, socklen_t *), socket)
HOOK(ssize_t, recvmsg, (int, struct msghdr *, int), socket)
HOOK(ssize_t, sendfile, (int, int, off_t *, size_t), socket)
HOOK(ssize_t, sendfile64, (int, int, off64_t *, size_t), socket)
HOOK(int, getsockopt, (int, int, int, void *, socklen_t *), socket)

/* ---- tls: plain text inside of TLS */
HOOK(int, SSL_connect, (void *), tls)
HOOK(int, SSL_accept, (void *), tls)
HOOK(int, SSL_do_handshake, (void *), tls)
HOOK(void, SSL_free, (void *), tls)
HOOK(int, gnutls_handshake, (void *), tls)
HOOK(void, gnutls_deinit, (void *), tls)
HOOK(int, SSL_read, (void *, void *, int), tls)
HOOK(int, SSL_read_ex, (void *, void *, size_t, size_t *), tls)
HOOK(int, SSL_write, (void *, const void *, int), tls)
HOOK(int, SSL_write_ex, (void *, const void *, size_t, size_t *), tls)
HOOK(ssize_t, gnutls_record_recv, (void *, void *, size_t), tls)
HOOK(ssize_t, gnutls_record_send, (void *, const void *, size_t), tls)

/* ---- wait: an event loop turns to the next event */
HOOK(int, epoll_wait, (int, struct epoll_event *, int, int), wait)
HOOK(int, epoll_pwait, (int, struct epoll_event *, int, int, const sigset_t *), wait)
HOOK(int, poll, (struct pollfd *, nfds_t, int), wait)
HOOK(int, ppoll, (struct pollfd *, nfds_t, const struct timespec *, const sigset_t *), wait)
HOOK(int, select, (int, fd_set *, fd_set *, fd_set *, struct timeval *), wait)
HOOK(int, pselect, (int, fd_set *, fd_set *, fd_set *, const struct timespec *, \
	const sigset_t *), wait)
