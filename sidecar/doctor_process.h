/* What /proc tells of a process, for `linespan doctor`. */
#ifndef LSP_SIDECAR_DOCTOR_PROCESS_H
#define LSP_SIDECAR_DOCTOR_PROCESS_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/* What is known of the process as an object: pid, program, command, runtime, runtime_advice,
 * shim ("loaded", "off", "missing"), settings (the LINESPAN variables and TRACEPARENT it was
 * started with), tracers (names of published contexts in its objects), advice (array). Returns 0;
 * -ESRCH when there is no such process, -EACCES when it may not be looked at. */
int lsp_doctor_process(pid_t pid, json_t **ret);

/* Its descriptors 0 to 2 and those of files, each as {fd, path, verdict, rule, why}: an empty array
 * when they cannot be looked at. environment: the LINESPAN variables. */
json_t *lsp_doctor_descriptors(pid_t pid, const json_t *environment);

/* The counters of its ring in a spool: {"stamped": N, …}; null when it has none. */
json_t *lsp_doctor_counters(pid_t pid, const char *spool);

#endif
