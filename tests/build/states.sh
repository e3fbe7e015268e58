#!/usr/bin/env bash
# ctest-plain-only
# docs/states.md is what tools/states draws from the step table.
set -euo pipefail
cd "${QTLS_SOURCE_DIR:-$(dirname "$0")/../..}"
tools/states --check docs/states.md
