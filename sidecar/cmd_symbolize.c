/* `linespan symbolize`: frames of error records, one a line on standard input, with the function,
 * file and line that debug information gives them. The sidecar runs it as a process of its own, for
 * the objects it opens are named, and may be made, by the program that crashed. */
#include "commands.h"
#include "options.h"
#include "../lib/wire/frame_line.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES_MAX 1200
#define MEMORY_BYTES   (2ull << 30)
#define OBJECT_BYTES   (1ll << 30)
#define NO_GROUP       65534 /* of a user of whom only the number is known */
#define CPU_SECONDS    2

enum { OPT_USER, N_OPTIONS };
static const struct lsp_option table[N_OPTIONS] = {
	[OPT_USER] = { "--user", 0, "UID", "look with this user's rights (as root only)" },
};
static const struct lsp_options_spec spec = {
	.command = "linespan symbolize",
	.operands = "",
	.summary = "Reads frames as error records have them, one a line: PATH+0xOFFSET, and the "
		   "object's build id behind it. Prints \"function (file:line) "
		   "module+0xoffset\" for each, as far as "
		   "debug information says it. An object whose build id differs is not used.",
	.table = table,
	.n = N_OPTIONS,
};

/* A plain file of a sane size: no device, no pipe that would keep us. */
static int open_object(const char *path)
{
	struct stat st;
	int fd = path[0] == '/' ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > OBJECT_BYTES)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool has_build_id(Dwfl_Module *module, const char *wanted)
{
	const unsigned char *bits;
	char hex[LSP_FRAME_BUILD_ID_CHARS + 1] = "";
	GElf_Addr at;
	int n = dwfl_module_build_id(module, &bits, &at);
	if (!*wanted)
		return true;
	for (int i = 0; i < n && i < LSP_FRAME_BUILD_ID_CHARS / 2; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", bits[i]);
	return strcmp(hex, wanted) == 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* A return address is the instruction after the call: the call is what a person looks for. */
static void print_found(Dwfl_Module *module, const struct lsp_frame_line *f, bool is_return)
{
	GElf_Addr bias = 0, address;
	int line = 0;
	(void)dwfl_module_getelf(module, &bias);
	address = f->offset + bias - (is_return ? 1 : 0);
	const char *function = dwfl_module_addrname(module, address);
	Dwfl_Line *source = dwfl_module_getsrc(module, address);
	const char *file = source ? dwfl_lineinfo(source, NULL, &line, NULL, NULL, NULL) : NULL;
	printf("%s ", function ? function : "?");
	if (file)
		printf("(%s:%d) ", base_name(file), line);
}

/* The object that was looked at last: frames of one come in runs, and reading its debug information
 * is nearly all the work. */
static struct {
	char path[LSP_FRAME_PATH_BYTES];
	Dwfl *dwfl;
	Dwfl_Module *module; /* NULL: no object */
} last;

static void look_at(const char *path)
{
	static char no_path[] = "";
	static char *debug_path = no_path;
	static const Dwfl_Callbacks callbacks = { .find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_build_id_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &debug_path };
	if (strcmp(last.path, path) == 0)
		return;
	if (last.dwfl)
		dwfl_end(last.dwfl);
	snprintf(last.path, sizeof(last.path), "%s", path);
	int fd = open_object(path);
	last.dwfl = fd >= 0 ? dwfl_begin(&callbacks) : NULL;
	last.module = last.dwfl ? dwfl_report_offline(last.dwfl, base_name(path), path, fd) : NULL;
	if (last.module)
		dwfl_report_end(last.dwfl, NULL, NULL);
	else if (fd >= 0)
		close(fd);
}

static void symbolize(const struct lsp_frame_line *f, bool is_return)
{
	look_at(f->path);
	if (last.module && has_build_id(last.module, f->build_id))
		print_found(last.module, f, is_return);
	printf("%s+0x%" PRIx64 "\n", base_name(f->path), f->offset);
}

/* What happens in here stays in here. */
static int confine(const char *user)
{
	struct rlimit memory = { MEMORY_BYTES, MEMORY_BYTES }, cpu = { CPU_SECONDS, CPU_SECONDS },
		      none = { 0, 0 };
	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &none);
	unsetenv("DEBUGINFOD_URLS"); /* nothing is fetched */
	if (!user)
		return 0;
	char *end;
	unsigned long id = strtoul(user, &end, 10);
	if (end == user || *end || id > UINT32_MAX)
		return lsp_options_fail(&spec, "--user: \"%s\" is not a user's number", user);
	if (geteuid() != 0 || id == 0)
		return 0;
	if (setgroups(0, NULL) || setgid(NO_GROUP) || setuid((uid_t)id))
		return lsp_options_fail(&spec, "--user: %s", strerror(errno));
	return 0;
}

int lsp_cmd_symbolize(int argc, char **argv)
{
	struct lsp_options o;
	const char *user = NULL;
	char line[LINE_BYTES_MAX];
	bool any = false;
	lsp_options_init(&o, &spec, argc, argv);
	for (int opt; (opt = lsp_options_next(&o)) != LSP_OPTIONS_END;) {
		if (opt < 0)
			return lsp_options_exit(opt);
		user = o.value;
	}
	if (o.n_operands)
		return lsp_options_fail(&spec, "takes no operands: it reads standard input");
	if (confine(user))
		return LSP_EXIT_ERROR;
	while (fgets(line, sizeof(line), stdin)) {
		struct lsp_frame_line f;
		line[strcspn(line, "\n")] = 0;
		if (lsp_frame_line_parse(&f, lsp_slice_of(line)) == 0)
			symbolize(&f, any);
		else
			puts(line);
		any = true;
	}
	return any ? LSP_EXIT_FOUND : LSP_EXIT_NOTHING;
}
