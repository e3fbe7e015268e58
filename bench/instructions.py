#!/usr/bin/env python3
"""Counts instructions with callgrind and compares them with those kept.

  bench/instructions.py TREE            compare with bench/instructions.txt
  bench/instructions.py TREE --write    keep what is counted now

TREE is the build folder that holds bench/bench_instructions. Per handshake and
side two numbers are kept: `all`, without making signatures (ML-DSA takes as long
as chance wants), and `own`, without any operation with public or private keys:
that is where a change of ours shows. Records: instructions for one. Valgrind
shows the program a machine with AVX2 and no more, so that these numbers compare
between machines, but say little about time. A difference of more than 2 % fails.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "instructions.txt")
TOLERANCE = 0.02
CONFIGS = ["qtls-hybrid", "qtls-pqc", "x25519-p256", "x25519mlkem768-p256",
           "p384mlkem1024-p384", "p384mlkem1024-mldsa65"]
SIGNING = {"q_crypto_sign"}
KEYED = SIGNING | {"q_crypto_verify", "q_crypto_kem_generate", "q_crypto_kem_encapsulate",
                   "q_crypto_kem_decapsulate"}
# Reading a public key checks that its point is on the curve.
KEYED |= {"q_crypto_pubkey_from_spki"}


def name_of(text, names):
    """'(12) f' introduces a name, '(12)' is the one introduced."""
    number, _, name = text.partition(" ")
    if name:
        names[number] = name
    return names.get(number, number)


def inclusive(path, functions):
    """Total, and what calls into `functions` from outside of them cost."""
    names, here, callee, total, inside = {}, "", "", 0, 0
    lines = iter(open(path, encoding="ascii", errors="replace"))
    for line in lines:
        line = line.strip()
        if line.startswith("fn="):
            here = name_of(line[3:], names)
        elif line.startswith("cfn="):
            callee = name_of(line[4:], names)
        elif line.startswith("calls="):
            cost = int(next(lines).split()[-1])
            if callee in functions and here not in functions:
                inside += cost
        elif re.match(r"^(totals|summary):", line):
            total = max(total, int(line.split()[1]))
    return total, inside


def count(program, what, side):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--collect-atstart=no",
             "--callgrind-out-file=" + out, program, what, side],
            check=False, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{what} {side}: callgrind failed\n{run.stderr}")
        times = int(run.stdout)
        total, signing = inclusive(out, SIGNING)
        _, keyed = inclusive(out, KEYED)
        return round((total - signing) / times), round((total - keyed) / times)


def measure(program):
    results = {}
    for config in CONFIGS:
        for side in ("client", "server"):
            everything, own = count(program, config, side)
            results[f"handshake/{config}/{side}/all"] = everything
            results[f"handshake/{config}/{side}/own"] = own
    for size in ("16384", "1024"):
        for direction in ("seal", "open"):
            results[f"bulk/{size}/{direction}"] = count(program, size, direction)[0]
    return results


def load():
    kept = {}
    with open(KEPT, encoding="ascii") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, value = line.split()
                kept[name] = int(value)
    return kept


def write(results):
    with open(KEPT, "w", encoding="ascii") as f:
        f.write("# Instructions, counted by callgrind for one handshake or one record; see\n"
                "# instructions.py, which writes this (make bench-instructions WRITE=1).\n")
        for name, value in results.items():
            f.write(f"{name:45} {value:10}\n")


def compare(results):
    kept, wrong = load(), 0
    for name, value in results.items():
        before = kept.get(name)
        change = 0 if not before else value / before - 1
        note = ""
        if before is None or abs(change) > TOLERANCE:
            note, wrong = "  <-- more than 2 % away", wrong + 1
        print(f"{name:45} {value:10} {before or 0:10} {change:+7.2%}{note}")
    if wrong:
        sys.exit(f"{wrong} counts changed: find out why, or keep them with WRITE=1")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    results = measure(os.path.join(sys.argv[1], "bench", "bench_instructions"))
    if "--write" in sys.argv:
        write(results)
    else:
        compare(results)


main()
