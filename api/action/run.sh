#!/usr/bin/env bash
# Turns the inputs of the action, which come as INPUT_… variables, into one call of `stepfit ci`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
arguments=()

while IFS= read -r path; do
  if [[ -n "$path" ]]; then arguments+=("$path"); fi
done <<<"${INPUT_PATHS:-.}"

if [[ -z "${STEPFIT_TOKEN:-}" ]]; then unset STEPFIT_TOKEN; fi
if [[ -n "${INPUT_BASE:-}" ]]; then arguments+=(--base "$INPUT_BASE"); fi

case "${INPUT_MODE:-review}" in
  review)
    if [[ -n "${INPUT_FAIL_ON:-}" ]]; then arguments+=(--fail-on "$INPUT_FAIL_ON"); fi
    if [[ -n "${INPUT_SARIF:-}" ]]; then arguments+=(--sarif "$INPUT_SARIF"); fi
    # A push has no pull request to comment on.
    if [[ "${INPUT_COMMENT:-true}" == true && "${GITHUB_EVENT_NAME:-}" == pull_request* ]]; then
      arguments+=(--comment)
    fi
    ;;
  tune)
    arguments+=(--pull-request --min-saving "${INPUT_MIN_SAVING:-0}")
    if [[ "${INPUT_ACCEPTED_ONLY:-false}" == true ]]; then arguments+=(--accepted-only); fi
    ;;
  *)
    echo "::error::mode is \"$INPUT_MODE\"; it can be review or tune." >&2
    exit 2
    ;;
esac

exec node "$here/../src/cli/main.ts" ci "${arguments[@]}"
