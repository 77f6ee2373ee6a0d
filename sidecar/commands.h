/* The commands of the program `linespan`: one table gives the declarations, the dispatch in main.c
 * and the list that --help prints. A command gets its own arguments, argv[0] being its name, and
 * returns the exit status of the program. */
#ifndef LSP_SIDECAR_COMMANDS_H
#define LSP_SIDECAR_COMMANDS_H

/* Exit statuses of all commands but `run`, whose status is that of the program it becomes. */
#define LSP_EXIT_FOUND   0
#define LSP_EXIT_NOTHING 1
#define LSP_EXIT_ERROR   2 /* usage, or it could not be done; one line on standard error says why */

/* X(function, name, what it does) */
#define LSP_COMMAND_TABLE(X)                                                                       \
	X(lsp_cmd_run, "run", "run a program under the shim, so that its log lines carry ids")     \
	X(lsp_cmd_serve, "serve", "collect logs and spans, keep them, answer look-ups")            \
	X(lsp_cmd_grep, "grep", "print the log lines of a trace, from files or from the store")    \
	X(lsp_cmd_show, "show", "show a trace as a tree, with its logs at their spans")            \
	X(lsp_cmd_search, "search", "list traces by service, operation, duration, errors, text")   \
	X(lsp_cmd_explain, "explain", "say where the time went and where the error began")         \
	X(lsp_cmd_logs, "logs", "print log records by service, severity, text, time")              \
	X(lsp_cmd_compare, "compare", "rank services by how much they explain an incident")        \
	X(lsp_cmd_lint, "lint", "say how good the tracing itself is, rule by rule")               \
	X(lsp_cmd_import, "import", "read OTLP JSON lines from files")                             \
	X(lsp_cmd_export, "export", "write traces and logs as OTLP JSON lines")                    \
	X(lsp_cmd_doctor, "doctor", "say why lines are, or are not, stamped")                      \
	X(lsp_cmd_symbolize, "symbolize", "name the frames of error records")

#define X(function, name, help) int function(int argc, char **argv);
LSP_COMMAND_TABLE(X)
#undef X

#endif
