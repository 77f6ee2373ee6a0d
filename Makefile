# Linespan: the one build file. `make help` lists what it can do.
#
# Lists are made by wildcards: a new .c file in a folder, a new test, victim or fuzz target needs no
# line here. Variants (SAN=asan, SAN=tsan) build into folders of their own and never mix.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
SAN     ?=
B       := build$(if $(SAN),/$(SAN))

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# ---- flags ---------------------------------------------------------------------------------------
# gcc 14 does not see that a field which was not read is not used.
NO_MAYBE := -Wno-maybe-uninitialized
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
           -Wwrite-strings -Wundef -Wno-unknown-warning-option -Wno-format-truncation \
           $(NO_MAYBE) \
           $(if $(NO_WERROR),,-Werror)
CFLAGS  ?= -O2 -g
ALLFLAGS = -std=c11 -D_GNU_SOURCE -DLINESPAN_VERSION_TEXT='"$(VERSION)"' $(WARN) -fPIC \
           -fvisibility=hidden -fno-semantic-interposition -MMD -MP -I. $(CFLAGS) $(SANFLAGS)
SANFLAGS_asan := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
SANFLAGS_tsan := -fsanitize=thread -O1
SANFLAGS := $(SANFLAGS_$(SAN))
# What runs inside strangers' processes: no assert(), no stack protector calls, no fortify calls.
HOSTFLAGS := -DNDEBUG -U_FORTIFY_SOURCE -fno-stack-protector -ftls-model=initial-exec

pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
JANSSON_LIBS = $(call pkg,--libs,jansson)
STORE_LIBS   = $(call pkg,--libs,sqlite3 libzstd zlib libcurl)
SIDECAR_LIBS = $(call pkg,--libs,libdw libelf libmicrohttpd gnutls libnghttp2 zlib libzstd liblzma \
               libisal libcurl)
CRITERION    = $(call pkg,--libs,criterion)

# ---- layers: a lower one never includes a higher one (tests/guards/layers.sh) -------------
LAYERS := core model wire store analysis
SRC_core     := $(wildcard lib/core/*.c)
SRC_model    := $(wildcard lib/model/*.c)
SRC_wire     := $(wildcard lib/wire/*.c)
SRC_store    := $(wildcard lib/store/*.c lib/store/*/*.c)
SRC_analysis := $(wildcard lib/analysis/*.c lib/analysis/*/*.c)
SRC_public   := $(wildcard lib/*.c)
SRC_preload  := $(wildcard preload/*.c)
SRC_sidecar  := $(wildcard sidecar/*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
ARCHIVES := $(foreach l,$(LAYERS),$(B)/lib/$(l).a)
# The archives that a layer's tests link: its own and those below it, highest first.
BELOW_core     := core
BELOW_model    := model core
BELOW_wire     := wire model core
BELOW_store    := store wire model core
BELOW_analysis := analysis wire model core

.PHONY: all
all: $(B)/linespan $(B)/liblinespan.so $(B)/liblinespan.a $(B)/liblinespan-preload.so

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(if $(filter lib/core/% preload/% $(SRC_public),$<),$(HOSTFLAGS)) \
		-c $< -o $@

define layer_archive
$(B)/lib/$(1).a: $$(call obj,$$(SRC_$(1)))
	@mkdir -p $$(@D)
	rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_archive,$(l))))

$(B)/liblinespan.a: $(call obj,$(SRC_core) $(SRC_public))
	rm -f $@ && ar rcs $@ $^

$(B)/liblinespan.so: $(call obj,$(SRC_core) $(SRC_public)) lib/linespan.map
	$(CC) $(SANFLAGS) -shared -Wl,-soname,liblinespan.so.0 \
		-Wl,--version-script=lib/linespan.map \
		-Wl,-z,defs,-z,now,-z,relro,-z,nodelete,--as-needed $(LDFLAGS) \
		-o $@ $(filter %.o,$^)
	ln -sf liblinespan.so $(B)/liblinespan.so.0

# The export map is made from the hook table, so the two cannot differ.
$(B)/preload.map: preload/hook_table.h
	@mkdir -p $(@D)
	{ echo '{ global:'; sed -n 's/^HOOK([^,]*, *\([A-Za-z0-9_]*\),.*/\t\1;/p' $<; \
	  echo 'local: *; };'; } > $@

$(B)/liblinespan-preload.so: $(call obj,$(SRC_core) $(SRC_preload)) $(B)/preload.map
	$(CC) $(SANFLAGS) -shared -Wl,-soname,liblinespan-preload.so \
		-Wl,--version-script=$(B)/preload.map -Wl,-z,defs,-z,now,-z,relro,--as-needed \
		-Wl,--hash-style=gnu,-z,noseparate-code,-z,nodelete $(LDFLAGS) \
		-o $@ $(filter %.o,$^)

# The syslog-ng module; left out when syslog-ng's headers are not there.
NG_VERSION := $(call pkg,--modversion,syslog-ng)
NG_SO      := $(if $(NG_VERSION),$(B)/syslog-ng/liblinespan.so)
NG_DIR     := $(B)/obj/plugins/syslog-ng
NG_NUMBER   = $(shell echo $(NG_VERSION) | awk -F. '{ print $$1 * 100 + $$2 }')
NG_CFLAGS   = -std=gnu11 -D_GNU_SOURCE -DLINESPAN_VERSION_TEXT='"$(VERSION)"' -Wall -Wextra \
	-DLSP_SYSLOG_NG_VERSION=$(NG_NUMBER) -Wno-unused-parameter \
	-Wno-missing-field-initializers -Wno-cast-function-type $(NO_MAYBE) \
	$(if $(NO_WERROR),,-Werror) -fPIC \
	-fvisibility=hidden -MMD -MP -I. -Iplugins/syslog-ng -I$(NG_DIR) $(CFLAGS) $(SANFLAGS) \
	$(patsubst -I%,-isystem %,$(call pkg,--cflags,syslog-ng) \
	$(call pkg,--cflags,json-c))
NG_LIBS     = -Wl,-rpath,$(call pkg,--variable=libdir,syslog-ng) \
	$(call pkg,--libs,syslog-ng libcurl)
SRC_ng     := $(wildcard plugins/syslog-ng/*.c)
all: $(NG_SO)

$(NG_DIR)/grammar.c: plugins/syslog-ng/grammar.ym
	@mkdir -p $(@D)
	python3 $(call pkg,--variable=toolsdir,syslog-ng)/merge-grammar.py $< > $(NG_DIR)/grammar.y
	bison -d -Wno-yacc -Wno-other -Werror=conflicts-sr -Werror=conflicts-rr -o $@ \
		$(NG_DIR)/grammar.y
$(NG_DIR)/grammar.o: $(NG_DIR)/grammar.c
	$(CC) $(NG_CFLAGS) -c $< -o $@
$(NG_DIR)/%.o: plugins/syslog-ng/%.c $(NG_DIR)/grammar.c Makefile
	$(CC) $(NG_CFLAGS) -c $< -o $@
$(B)/syslog-ng/liblinespan.so: $(call obj,$(SRC_ng)) $(NG_DIR)/grammar.o \
		$(foreach l,wire model core,$(B)/lib/$(l).a)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) -shared -Wl,-z,defs,-z,relro,-z,now,--exclude-libs,ALL $(LDFLAGS) \
		-o $@ $^ $(NG_LIBS)

ALL_LIBS := $(foreach l,analysis store wire model core,$(B)/lib/$(l).a)
# The web page's files become a table in the program.
WEB := $(sort $(foreach e,html css js svg,$(wildcard sidecar/web/*.$(e))))
$(B)/obj/web_files.c: $(WEB) sidecar/web/make.sh
	@mkdir -p $(@D)
	sidecar/web/make.sh $(WEB) > $@
$(B)/obj/web_files.o: $(B)/obj/web_files.c
	$(CC) $(ALLFLAGS) -c $< -o $@

$(B)/linespan: $(call obj,$(SRC_sidecar)) $(B)/obj/web_files.o $(ALL_LIBS)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(SIDECAR_LIBS) \
		$(STORE_LIBS) $(JANSSON_LIBS) -lm -lpthread

# ---- tests ---------------------------------------------------------------------------------------
# tests/unit/LAYER/test_X.c is one Criterion program that links its layer and those below.
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/*/test_*.c))
unit_layer = $(firstword $(subst /, ,$(patsubst $(B)/unit/%,%,$(1))))

define unit_rule
$(B)/unit/$(1)/%: tests/unit/$(1)/%.c $$(foreach a,$$(BELOW_$(1)),$(B)/lib/$$(a).a)
	@mkdir -p $$(@D)
	$$(CC) $$(ALLFLAGS) -fvisibility=default -Itests/unit -o $$@ $$< $$(filter %.a,$$^) \
		$$(CRITERION) $$(STORE_LIBS) $$(JANSSON_LIBS) -lm -lpthread
endef
$(foreach l,$(LAYERS),$(eval $(call unit_rule,$(l))))
# The public library, and code that belongs to one program.
$(B)/unit/public/%: tests/unit/public/%.c $(B)/liblinespan.a $(B)/lib/core.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -fvisibility=default -Itests/unit -rdynamic -o $@ $< $(filter %.a,$^) \
		$(CRITERION) -lpthread
SIDECAR_PARTS := $(filter-out $(B)/obj/sidecar/main.o,$(call obj,$(SRC_sidecar)))
$(B)/unit/sidecar/%: tests/unit/sidecar/%.c $(SIDECAR_PARTS) $(B)/obj/web_files.o $(ALL_LIBS)
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -fvisibility=default -Itests/unit -o $@ $< $(filter %.o %.a,$^) \
		$(CRITERION) $(SIDECAR_LIBS) $(STORE_LIBS) $(JANSSON_LIBS) -lm -lpthread

# The syslog-ng module's tests load the real module by syslog-ng's own loader.
$(B)/unit/syslog-ng/%: tests/unit/syslog-ng/%.c $(B)/syslog-ng/liblinespan.so
	@mkdir -p $(@D)
	$(CC) $(filter-out -fvisibility=hidden,$(NG_CFLAGS)) -Itests/unit \
		-DNG_BUILT_MODULES='"$(CURDIR)/$(B)/syslog-ng"' \
		-o $@ $< $(NG_LIBS) $(CRITERION)
ifeq ($(NG_SO),)
UNIT := $(filter-out $(B)/unit/syslog-ng/%,$(UNIT))
endif

.PHONY: unit
unit: $(UNIT)

# Victims know nothing of us: plain programs with plain flags. A victim that wants libraries says so
# in a line "// LIBS: -lpthread".
VICTIMS := $(patsubst tests/victims/%.c,$(B)/victims/%,$(wildcard tests/victims/*.c))
$(B)/victims/%: tests/victims/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -w -D_FORTIFY_SOURCE=2 -o $@ $< \
		$$(sed -n 's,^// LIBS: ,,p' $<) -ldl -lpthread
.PHONY: victims
victims: $(VICTIMS)

# Fuzz targets: clang's libFuzzer with the sanitizers; the corpus is tests/data/fuzz/NAME.
FUZZ := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
build/fuzz/%: tests/fuzz/%.c $(SRC_core) $(SRC_model) $(SRC_wire) $(SRC_analysis)
	@mkdir -p $(@D)
	clang -std=c11 -D_GNU_SOURCE -DLINESPAN_VERSION_TEXT='"$(VERSION)"' -O1 -g -I. -w \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $< \
		$(SRC_core) $(SRC_model) $(SRC_wire) $(SRC_analysis) $(JANSSON_LIBS) -lm -lpthread
.PHONY: fuzz
fuzz: deps-check $(FUZZ) ## run each fuzz target for a bounded time (FUZZ_SECONDS=30)
	tests/run-fuzz.sh $(or $(FUZZ_SECONDS),30) $(FUZZ)

check-kill: all ## kill -9 of serve at 200 random moments under load (KILLS=200)
	KILLS=$(or $(KILLS),200) MAX_DISK=4G tests/e2e/kill.sh

.PHONY: check check-asan check-hosts check-clickhouse check-kill check-syslog
.PHONY: demo bench bench-accuracy bench-rca lint
.PHONY: deps-run deps-check
deps-run: ; @tests/packages.sh run
deps-check: ; @tests/packages.sh check

check: ## install what tests need, build, run every test; ends with "N passed, N failed"
	@tests/packages.sh check
	+@tests/check.sh

check-hosts: ## other programs' test suites without and with the shim (SUITES="shell java")
	@tests/packages.sh hosts
	+@$(MAKE) -s all
	@tests/transparency/run.sh $(SUITES)

check-clickhouse: ## the ClickHouse store on real engines; ends as check does
	@tests/packages.sh clickhouse
	+@$(MAKE) -s all
	@tests/clickhouse/run.sh

check-syslog: ## a real syslog-ng through reloads, restarts and kills; ends as check does
	@tests/packages.sh check
	+@$(MAKE) -s all
	@tests/syslog/run.sh

demo: ## run the shop example under the shim and show one failing and one slow request
	@tests/packages.sh run
	+@$(MAKE) --no-print-directory all
	@examples/shop/demo.sh

bench: ## benchmarks as ratios measured in one run
	@tests/packages.sh check
	+@$(MAKE) --no-print-directory all
	@tests/bench/run.sh

bench-accuracy: ## how many lines of real servers get their own request's id, another's, or none
	@tests/packages.sh check
	+@$(MAKE) --no-print-directory all
	@tests/bench/accuracy/run.sh

bench-rca: ## how often compare names the service at fault (INCIDENTS=DIR of labelled incidents)
	@tests/packages.sh check
	+@$(MAKE) --no-print-directory all
	@tests/bench/rca/run.sh $(INCIDENTS)

lint: ## static checks: format, layers, sizes, shellcheck, cppcheck
	@tests/packages.sh check
	@tests/lint.sh

.PHONY: install clean help
install: all ## install programs, libraries, manual pages, completion, units (PREFIX, DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/include
	install -m 755 $(B)/linespan $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/liblinespan-preload.so $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(B)/liblinespan.so $(DESTDIR)$(PREFIX)/lib/liblinespan.so.0
	ln -sf liblinespan.so.0 $(DESTDIR)$(PREFIX)/lib/liblinespan.so
	install -m 644 $(B)/liblinespan.a $(DESTDIR)$(PREFIX)/lib/
	install -m 644 lib/linespan.h $(DESTDIR)$(PREFIX)/include/
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@VERSION@,$(VERSION),' lib/linespan.pc.in \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/linespan.pc

NG_MODULES ?= $(call pkg,--variable=moduledir,syslog-ng)
NG_SCL     ?= $(call pkg,--variable=scldir,syslog-ng)
ifneq ($(NG_SO),)
install: install-syslog-ng
endif
.PHONY: install-syslog-ng
install: install-lnav
.PHONY: install-lnav install-docs
install: install-docs
install-docs: $(B)/linespan
	docs/man/make.sh $(B)/linespan $(VERSION) $(B)/man
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/lib/systemd/system \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 644 $(B)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 sidecar/completion/linespan.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/linespan
	install -m 644 sidecar/completion/_linespan $(DESTDIR)$(PREFIX)/share/zsh/site-functions/
	sed 's,@PREFIX@,$(PREFIX),' sidecar/systemd/linespan.service.in \
		> $(DESTDIR)$(PREFIX)/lib/systemd/system/linespan.service

.PHONY: deb
deb: ## Debian packages, in build/deb
	@tests/packages.sh run
	+@$(MAKE) --no-print-directory all
	docs/man/deb.sh $(VERSION) $(B)/deb

install-lnav:
	install -d $(DESTDIR)$(PREFIX)/share/linespan/lnav
	install -m 644 plugins/lnav/linespan.json $(DESTDIR)$(PREFIX)/share/linespan/lnav/

install-syslog-ng: $(NG_SO)
	install -d $(DESTDIR)$(NG_MODULES)
	install -m 644 $(NG_SO) $(DESTDIR)$(NG_MODULES)/
	install -d $(DESTDIR)$(NG_SCL)/linespan
	install -m 644 plugins/syslog-ng/scl/linespan.conf $(DESTDIR)$(NG_SCL)/linespan/

clean: ## remove what was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

-include $(shell find $(B)/obj $(B)/unit -name '*.d' 2>/dev/null)
