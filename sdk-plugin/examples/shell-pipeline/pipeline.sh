#!/bin/sh
# A pipeline of three steps, each measured and each with what it asks for. Nothing else changes: a step that fails ends
# the pipeline with its exit code, and data flows through standard input and output.
#
#   STEPFIT_URL=http://127.0.0.1:4380 ./pipeline.sh 200000
set -eu
rows=${1:-200000}
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

export STEPFIT_FLOW=words
STEPFIT_RUN=$(date +%Y%m%d-%H%M%S)-$$
export STEPFIT_RUN

stepfit run --step make --cpu 1 --memory 512MiB --feature rows="$rows" -- \
  awk -v rows="$rows" 'BEGIN { for (i = 0; i < rows; i++) print "word" int(rand() * rows / 10) }' >"$folder/words"

stepfit run --step count --cpu 2 --memory 1GiB --feature rows="$rows" -- \
  sh -c 'sort | uniq -c' <"$folder/words" >"$folder/counts"

stepfit run --step top --cpu 1 --memory 256MiB --feature rows="$rows" -- \
  sort -rn <"$folder/counts" >"$folder/top"

head -5 "$folder/top"
