#!/usr/bin/env bash
# What the GitHub action does; runs anywhere with bash and Python. Nothing it prints or writes shows an identity
# number or a name: the reports are masked, and --show-values is refused here.
set -euo pipefail

paths="${STUVALID_PATHS:-.}"
sarif="${STUVALID_SARIF:-stuvalid.sarif}"
report="${STUVALID_REPORT:-stuvalid.html}"
work="${RUNNER_TEMP:-$(mktemp -d)}"

case " ${STUVALID_ARGS:-} " in
  *" --show-values"* | *" --annotate"*)
    echo "::error title=stuvalid::--show-values and --annotate would put pupils' data into a log or an artifact."
    exit 2
    ;;
esac

if [ -n "${STUVALID:-}" ]; then
  stuvalid="$STUVALID"
else
  python3 -m venv "$work/stuvalid"
  "$work/stuvalid/bin/python" -m pip install --quiet --disable-pip-version-check "${GITHUB_ACTION_PATH:-.}"
  stuvalid="$work/stuvalid/bin/stuvalid"
fi

code=0
# Paths and arguments are lists of words: splitting them is meant.
# shellcheck disable=SC2086
$stuvalid check $paths --format github --output "sarif=$sarif" --output "html=$report" \
  --output "markdown=$work/stuvalid-summary.md" ${STUVALID_ARGS:-} || code=$?

if [ -f "$work/stuvalid-summary.md" ]; then
  cat "$work/stuvalid-summary.md" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
{
  echo "sarif=$sarif"
  echo "report=$report"
} >> "${GITHUB_OUTPUT:-/dev/null}"
exit "$code"
