#!/usr/bin/env bash
# A lower layer never includes a higher one; the ring's format is known to its two ends only.
. "$(dirname "$0")/lib.sh"

# layer, and the layers whose headers it may include
readonly MAY='
core     core
public   core public
model    core model
wire     core model wire
store    core model wire store
analysis core model wire analysis
preload  core preload
plugins  core model wire plugins
sidecar  core model wire store analysis public sidecar
examples public examples'

# shellcheck disable=SC2016
readonly CHECKER='
import glob, os, re, sys
may = {words[0]: words[1:] for words in map(str.split, sys.argv[1].strip().splitlines())}
RING = "lib/core/ring_layout.h"
KNOWS_THE_RING = r"lib/core/ring\.h|lib/core/ring[^/]*\.c|lib/wire/ring_[^/]*"

def layer_of(path):
    parts = path.split("/")
    return parts[0] if parts[0] != "lib" else parts[1] if len(parts) > 2 else "public"

def resolve(folder, name):  # a path from the root; None when the header is not ours
    for path in (f"{folder}/{name}", name, f"lib/{name}"):
        if os.path.exists(path):
            return os.path.normpath(path)

for folder in ("lib", "preload", "plugins", "sidecar", "examples"):
    for path in sorted(glob.glob(f"{folder}/**/*.[ch]", recursive=True)):
        text = open(path, encoding="utf-8").read()
        for name in re.findall(r"^\s*#\s*include\s*[<\"]([^>\"]+)", text, re.M):
            target = resolve(os.path.dirname(path), name)
            if not target:
                continue
            here, there = layer_of(path), layer_of(target)
            if there not in may[here]:
                print(f"{path} ({here}) includes {target} ({there})")
            if target == RING and not re.fullmatch(KNOWS_THE_RING, path):
                print(f"{path} includes the format of the ring")
'

guard() (
	cd "$1"
	python3 -c "$CHECKER" "$MAY"
)

# A copy with one more include.
broken() { # file, include
	rm -rf "$SCRATCH/tree"
	mkdir "$SCRATCH/tree"
	(cd "$ROOT" && cp -r lib "$SCRATCH/tree/")
	mkdir -p "$SCRATCH/tree/$(dirname "$1")"
	echo "#include \"$2\"" >>"$SCRATCH/tree/$1"
}

holds 'each layer includes only layers below it' "$ROOT"
broken lib/core/fake.c lib/model/buf.h
catches 'core that includes model' "$SCRATCH/tree" 'fake.c (core) includes lib/model/buf.h'
broken lib/analysis/fake.c ../store/store.h
catches 'analysis that includes store' "$SCRATCH/tree" 'includes lib/store/store.h (store)'
broken preload/fake.c lib/model/slice.h
catches 'the shim that includes more than core' "$SCRATCH/tree" '(preload) includes lib/model/slice'
broken sidecar/fake.c lib/core/ring_layout.h
catches 'a stranger to the ring' "$SCRATCH/tree" 'fake.c includes the format of the ring'
exit $failed
