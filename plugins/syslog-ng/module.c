/* What syslog-ng's loader looks for: `@module linespan`. */
#include "compat.h"
#include "keywords.h"
#include "linespan_parser.h"
#include "plugin-types.h"
#include "plugin.h"

static Plugin plugins[] = {
	{ .type = LL_CONTEXT_PARSER, .name = "linespan-parser", .parser = &lsp_grammar },
	{ .type = LL_CONTEXT_DESTINATION, .name = "linespan", .parser = &lsp_grammar },
	{ .type = LL_CONTEXT_TEMPLATE_FUNC,
		.name = "linespan-traceparent",
		.construct = lsp_traceparent_construct },
};

__attribute__((visibility("default"))) gboolean linespan_module_init(
	PluginContext *context, CfgArgs *args);

gboolean linespan_module_init(PluginContext *context, CfgArgs *args)
{
	plugin_register(context, plugins, G_N_ELEMENTS(plugins));
	return TRUE;
}

/* The loader reads this before it calls anything; a module without it crashes syslog-ng. */
__attribute__((visibility("default"))) const ModuleInfo module_info = {
	.canonical_name = "linespan",
	.version = LINESPAN_VERSION_TEXT,
	.description = "Trace context of log lines: found, normalised, handed to linespan serve.",
	.core_revision = SYSLOG_NG_SOURCE_REVISION,
	.plugins = plugins,
	.plugins_len = G_N_ELEMENTS(plugins),
};
