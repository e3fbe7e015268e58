#!/usr/bin/env python3
"""Compares the functions that the fuzz targets do not reach as a whole with those
that docs/fuzzing.md judges: fuzz_judged.py ROOT LCOV OUT. Rows of the table there:

    | src/FILE | function, function | reason, reason |

Writes FILE FUNCTION LINES... to OUT. Fails when one is not judged, or the table
names a file, a function or a reason that is not there; tells which are reached now.
"""

import os
import re
import sys


def unreached(root, lcov):
    """(file, function) and its lines; macros and what stands before any function are passed over."""
    found = {}
    functions, lines = [], []
    path = ""
    for row in lcov:
        word, _, rest = row.strip().partition(":")
        if word == "SF":
            path, functions, lines = os.path.relpath(rest, root), [], []
        elif word == "FN":
            line, name = rest.split(",", 1)
            functions.append((int(line), name.split(":")[-1]))
        elif word == "DA":
            line, count = rest.split(",")[:2]
            if int(count) == 0:
                lines.append(int(line))
        elif word == "end_of_record":
            with open(os.path.join(root, path), encoding="utf-8") as f:
                source = f.read().split("\n")
            functions.sort()
            for line in lines:
                before = [name for start, name in functions if start <= line]
                if before and not source[line - 1].lstrip().startswith("#"):
                    found.setdefault((path, before[-1]), []).append(line)
    return found


def judged(page):
    """(file, function) and its reasons; and the reasons that the page explains."""
    text = page.read()
    reasons = set(re.findall(r"^\| \*\*(\w+)\*\* \|", text, re.MULTILINE))
    table = {}
    for path, names, why in re.findall(r"^\| (src/\S+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE):
        for name in names.split(","):
            table[path, name.strip()] = {w.strip() for w in why.split(",")}
    return table, reasons


def main():
    root, lcov_name, out_name = sys.argv[1:]
    with open(lcov_name, encoding="utf-8") as f:
        found = unreached(root, f)
    with open(os.path.join(root, "docs", "fuzzing.md"), encoding="utf-8") as f:
        table, reasons = judged(f)
    with open(out_name, "w", encoding="utf-8") as f:
        for (path, name), lines in sorted(found.items()):
            f.write(f"{path} {name} {' '.join(str(n) for n in lines)}\n")
    problems = [f"not judged: {path} {name}, {len(lines)} lines from {lines[0]}"
                for (path, name), lines in sorted(found.items()) if (path, name) not in table]
    for (path, name), why in sorted(table.items()):
        full = os.path.join(root, path)
        text = ""
        if os.path.exists(full):
            with open(full, encoding="utf-8") as f:
                text = f.read()
        if not re.search(rf"\b{re.escape(name)}\s*\(", text):
            problems.append(f"judged, but not there: {path} {name}")
        for reason in sorted(why - reasons):
            problems.append(f"no such reason: {path} {name}: {reason}")
    reached = sorted(f"{path} {name}" for path, name in table if (path, name) not in found)
    if reached:
        print(f"{len(reached)} judged functions are reached whole: {', '.join(reached)}")
    print("\n".join(problems) if problems else f"{len(found)} functions are not reached whole, each with its reason")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
