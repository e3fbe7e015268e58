#!/usr/bin/env python3
# ctest-plain-only
"""Shows that each check script of tools/ catches what it is for.

Each row of BAD is a tiny tree that breaks one rule; the script must refuse it
and name the file, the line and the rule. GOOD must pass them all.
"""

import os
import subprocess
import sys
import tempfile

ROOT = os.environ["QTLS_SOURCE_DIR"]

GOOD = {
    "src/base/span.h": "#include <stddef.h>\nint q_base_one(int in);\n",
    "src/base/span.c": '#include "base/span.h"\n\nint q_base_one(int in)\n{\n  return in;\n}\n',
    "src/crypto/hash.c": '#include "base/span.h"\n\n#include <openssl/sha.h>\n',
    "src/pki/der.c": "#include <openssl/bytestring.h>\n",
    "src/base/mem.c": "#include <stdlib.h>\nvoid *q_alloc(size_t n) { return malloc(n); }\n",
    "src/base/try.h": "#define Q_TRY(e) do { int r_ = (e); if (r_) return r_; } while (0)\n",
    "src/wire/certificate_compress.c": "#include <zlib.h>\n/* strcpy( in a comment */\n",
    "adapters/socket/open.c": "#include <qtls/conn.h>\n#include <sys/socket.h>\n",
    "cli/main.c": '#include "qtls/conn.h"\n#include <stdio.h>\nconst char *s = "gets(";\n',
    "include/qtls/conn.h": "#include <stddef.h>\nint qtls_conn_new(void);\n",
}

LONG = "int q_base_long(void)\n{\n" + "  ;\n" * 101 + "}\n"

# (script, path, text, line, what the report must say)
BAD = [
    ("layers", "src/base/up.c", '\n#include "wire/hello.h"\n', 2, "only lower ranks"),
    ("layers", "src/crypto/side.c", '#include "wire/hello.h"\n', 1, "only lower ranks"),
    ("layers", "src/handshake/up.c", '#include "conn/conn.h"\n', 1, "only lower ranks"),
    ("layers", "src/wire/short.c", '#include "hello.h"\n', 1, '"folder/file.h"'),
    ("layers", "src/other/new.c", "#include <stddef.h>\n", 1, "has no rank"),
    ("layers", "src/wire/lc.c", "#include <openssl/evp.h>\n", 1, "only src/crypto"),
    ("layers", "src/pki/lc.c", "#include <openssl/x509.h>\n", 1, "only src/crypto"),
    ("layers", "src/conn/net.c", "#include <sys/socket.h>\n", 1, "no such system header"),
    ("layers", "src/conn/clock.c", "#include <time.h>\n", 1, "no such system header"),
    ("layers", "src/conn/thread.c", "#include <pthread.h>\n", 1, "no such system header"),
    ("layers", "src/conn/file.c", "#include <stdio.h>\n", 1, "no such system header"),
    ("layers", "src/conn/unix.c", "#include <unistd.h>\n", 1, "no such system header"),
    ("layers", "src/conn/heap.c", "#include <stdlib.h>\n", 1, "no such system header"),
    ("layers", "src/conn/zip.c", "#include <zlib.h>\n", 1, "no such system header"),
    ("layers", "adapters/socket/in.c", '#include "base/span.h"\n', 1, "own folder"),
    ("layers", "adapters/socket/lc.c", "#include <openssl/ssl.h>\n", 1, "only src/crypto"),
    ("layers", "cli/in.c", '#include "../src/base/span.h"\n', 1, "own folder"),
    ("layers", "include/qtls/in.h", "#include <sys/socket.h>\n", 1, "public header"),
    ("sizes", "src/base/file.c", "/* x */\n" * 601, 1, "at most 600"),
    ("sizes", "src/base/long.c", "int a;\n\n" + LONG, 3, "at most 100"),
    ("sizes", "tests/unit/long_test.c", LONG, 1, "at most 100"),
    ("banned", "cli/copy.c", "int f(char *a)\n{ strcpy(a, a); }\n", 2, "banned"),
    ("banned", "adapters/socket/run.c", 'int f(void) { return system("x"); }\n', 1, "banned"),
    ("banned", "src/conn/heap.c", "void *f(void) { return malloc(1); }\n", 1, "not for the core"),
    ("banned", "src/conn/print.c", 'void f(void) { printf("x"); }\n', 1, "not for the core"),
    ("banned", "src/keys/cmp.c", "int f(void) { return memcmp(a, b, 1); }\n", 1, "q_crypto_ct_equal"),
    ("banned", "src/wire/os.c", "#ifdef __linux__\n#endif\n", 1, "a file of its own"),
    ("banned", "src/wire/jump.h", "#define OUT(x) \\\n  if (x) goto out\n", 1, "control flow"),
    ("banned", "src/wire/left.c", "/* TO" "DO */\n", 1, "finish it"),
    ("banned", "docs/left.md", "Works for" " now.\n", 1, "finish it"),
    ("banned", "notes", "A st" "ub.\n", 1, "finish it"),
]


def write(tree, files):
    for path, text in files.items():
        path = os.path.join(tree, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def run(script, *arguments):
    done = subprocess.run([os.path.join(ROOT, "tools", "check-" + script), *arguments],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def check_sources():
    faults = []
    with tempfile.TemporaryDirectory() as tree:
        write(tree, GOOD)
        for script in ("layers", "sizes", "banned"):
            status, said = run(script, tree)
            if status != 0:
                faults.append(f"check-{script} refuses a sound tree:\n{said}")
    for script, path, text, line, rule in BAD:
        with tempfile.TemporaryDirectory() as tree:
            write(tree, {**GOOD, path: text})
            status, said = run(script, tree)
            hits = [s for s in said.splitlines() if s.startswith(f"{path}:{line}: ")]
            if status != 1 or not any(rule in hit for hit in hits):
                faults.append(f"check-{script} lets {path} pass ({rule}):\n{said}")
    return faults, len(BAD) + 3


def library(tree, name, code):
    """Compiles the code into a static and a shared library of that name."""
    path = os.path.join(tree, name)
    write(tree, {name + ".c": code})
    subprocess.run(["cc", "-fPIC", "-c", path + ".c", "-o", path + ".o"], check=True)
    subprocess.run(["ar", "rcs", path + ".a", path + ".o"], check=True)
    subprocess.run(["cc", "-shared", path + ".o", "-o", path + ".so"], check=True)


def check_libraries():
    good = "int qtls_conn_new(void) { return 0; }\n"
    cases = [
        ("sound", good, None),
        ("inner name", good + "int q_base_one(void) { return 0; }\n", "only qtls_*"),
        ("other library's name", good + "int SHA256_Init(void) { return 0; }\n", "only qtls_*"),
        ("undeclared", good + "int qtls_conn_more(void) { return 0; }\n", "declares"),
        ("missing", "int qtls_nothing;\n", "is declared, but no"),
    ]
    faults = []
    for what, code, rule in cases:
        with tempfile.TemporaryDirectory() as tree:
            write(tree, GOOD)
            library(tree, "libqtls", code)
            status, said = run("symbols", tree, tree)
            if (status == 0) != (rule is None) or (rule or "") not in said:
                faults.append(f"check-symbols misjudges '{what}':\n{said}")
    return faults, len(cases)


def main():
    faults, count = [], 0
    for check in (check_sources, check_libraries):
        found, cases = check()
        faults += found
        count += cases
    print("\n".join(faults))
    print(f"{count} trees, {len(faults)} misjudged")
    sys.exit(1 if faults else 0)


main()
