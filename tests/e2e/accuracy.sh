#!/usr/bin/env bash
# Who gets which id, on real servers: a short run of `make bench-accuracy`.
REQUESTS=${REQUESTS:-400} exec "$(dirname "$0")/../bench/accuracy/run.sh"
