#!/usr/bin/env bash
# Our reader of OTLP protobuf against protobuf-c, with messages made by hand (by_hand.txt), made at
# random, and damaged. Both have to understand the same, or to refuse; differential.h has the rules
# by which they may differ. ROUNDS=N: messages of each kind.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/differential ROUNDS=${ROUNDS-6000}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/linespan-differential.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# The wire reader is compiled with the address sanitizer, so that a look beyond the end is seen.
make -s build/lib/core.a
protoc-c --proto_path=$HERE --c_out="$scratch" $HERE/otlp.proto
gcc -std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-I"$scratch" -I. -o "$scratch/differential" $HERE/*.c "$scratch/otlp.pb-c.c" \
	lib/wire/otlp_{check,decode,findings,proto,record,value}.c lib/wire/utf8.c lib/model/*.c \
	build/lib/core.a -lprotobuf-c -ljansson -lm
"$scratch/differential" $HERE/by_hand.txt "$ROUNDS"
