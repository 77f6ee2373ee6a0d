/* `linespan run --pipe`: for programs that the shim cannot be loaded into (static, Go, musl). Their
 * standard streams go through a pipe, and their lines get the context of the environment. */
#ifndef LSP_SIDECAR_RUN_PIPE_H
#define LSP_SIDECAR_RUN_PIPE_H

/* Runs the command and returns its exit status; 126 or 127 when it cannot be started, with one line
 * on standard error. A command that a signal killed kills this process by the same signal.
 *   - Only streams whose lines are stamped go through a pipe: standard error unless it is a
 *     terminal, standard output where rule R4 says that it is a log. Others are the command's own,
 *     so that data stays as it is and a terminal keeps its size.
 *   - One file as both streams is one pipe: lines keep their order.
 *   - Signals that other processes send to us are handed on; those of the terminal reach the
 *     command by themselves.
 *   - What the command leaves behind in the background is served on by a process of ours in the
 *     background.
 * Settings come from the environment, as for the shim. */
int lsp_run_pipe(char **argv);

#endif
