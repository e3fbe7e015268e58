#!/usr/bin/env bash
# ctest-plain-only
# The table from error to alert of docs/protocol.md is that of the header.
set -euo pipefail
cd "${QTLS_SOURCE_DIR:-$(dirname "$0")/../..}"
tools/alerts --check
