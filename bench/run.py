#!/usr/bin/env python3
"""Runs the bench programs and writes what they found.

  bench/run.py TREE OUT [--passes N] [--seconds S] [--docs] [--no-openssl]

TREE is the build folder with bench/bench_handshake and the others, OUT takes
results.jsonl (one object a line), performance.md (the tables) and performance.svg.
With --docs the tables and the plot also go into docs/ and README.md. All runs on
one processor. Of several passes that one counts whose ratio to the sum of the
primitives is the middle one; numbers of one line were measured together.
"""
import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys

import report

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CONFIGS = ["qtls-hybrid", "qtls-pqc", "x25519-p256", "x25519mlkem768-p256",
           "p384mlkem1024-p384", "p384mlkem1024-mldsa65"]
OPENSSL_CONFIGS = CONFIGS[2:]
SUITE = "trixie"


def lines_of(command):
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def tell(text):
    """Progress, for who looks on."""
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr)


class OpenSSL:
    """The peer program, compiled and run in a root of Debian 13."""

    def __init__(self):
        made = subprocess.run([os.path.join(ROOT, "tools", "debian-root"), SUITE, "gcc", "libc6-dev",
                               "libssl-dev"], check=True, stdout=subprocess.PIPE, text=True)
        self.root = made.stdout.strip()
        self.folder = "/tmp/qtls-bench"
        self.outside = self.root + self.folder
        self.sudo = [] if os.geteuid() == 0 else ["sudo", "--"]
        self.do("mkdir", "-p", self.outside)
        for name in ("peer.c", "peer.h", "peer_main.c", "clock.c", "clock.h"):
            self.do("cp", os.path.join(HERE, name), self.outside)
        self.do("chroot", self.root, "gcc", "-std=gnu11", "-O2", "-o", self.folder + "/peer",
                *(f"{self.folder}/{n}" for n in ("peer.c", "peer_main.c", "clock.c")), "-lssl", "-lcrypto")

    def do(self, *command):
        subprocess.run(self.sudo + list(command), check=True)

    def measure(self, config, pems, seconds):
        for what in ("chain", "key", "root"):
            self.do("cp", os.path.join(pems, f"{config}.{what}.pem"), self.outside)
        return lines_of(self.sudo + ["chroot", self.root, self.folder + "/peer", config, self.folder,
                                     str(seconds)])[0]


def middle(passes, ratio):
    """The pass whose ratio is the middle one."""
    return sorted(passes, key=ratio)[len(passes) // 2]


def handshakes(program, pems, openssl, args):
    """{(config, side): [one measurement a pass]}"""
    found = {}
    for number in range(args.passes):
        for config in CONFIGS:
            tell(f"\r  pass {number + 1} of {args.passes}: {config:24}")
            sides = lines_of([program, config, str(args.seconds), pems])
            other = None
            if openssl and config in OPENSSL_CONFIGS:
                other = openssl.measure(config, pems, args.seconds / 2)
            for side in sides:
                if other:
                    side["openssl"] = other["peer"]
                    side["openssl_us"] = other[side["side"] + "_us"]
                    side["openssl_bytes"] = other[side["side"] + "_bytes"]
                found.setdefault((config, side["side"]), []).append(side)
    tell("\r" + " " * 60 + "\r")
    return found


def handshake_results(found):
    results, parts = [], {}
    for (config, side), passes in found.items():
        best = middle(passes, lambda p: p["us"] / p["sum_us"])
        parts[(config, side)] = best["parts"]
        for peer, key in (("qtls", ""), ("aws-lc", "awslc_"), ("openssl", "openssl_")):
            if key + "us" in best:
                us = best[key + "us"]
                results.append({"name": f"handshake/{config}/{side}", "peer": peer, "us": round(us, 2),
                                "limit_us": round(best["sum_us"], 2),
                                "ratio": round(us / best["sum_us"], 4), "bytes": best[key + "bytes"]})
    return results, parts


def bulk_results(program, args):
    found = {}
    for _ in range(args.passes):
        for line in lines_of([program, str(args.seconds)]):
            found.setdefault(f"bulk/{line['size']}/{line['direction']}", []).append(line)
    results = []
    for name, passes in found.items():
        best = middle(passes, lambda p: p["gbps"] / p["raw_gbps"])
        results.append({"name": name, "peer": "qtls", "gbps": best["gbps"], "limit_gbps": best["raw_gbps"],
                        "ratio": round(best["gbps"] / best["raw_gbps"], 4)})
    return results


def memory_results(lines):
    """What is worst of all configurations; the peak is that of a hybrid server."""
    hybrid = next(line for line in lines if line["config"] == "qtls-hybrid")
    idle = max(max(line["client_idle"], line["server_idle"]) for line in lines)
    records = sum(line["records"] for line in lines)
    taken = sum(line["record_allocations"] for line in lines)
    return [{"name": "memory/idle", "peer": "qtls", "bytes": idle},
            {"name": "memory/handshake-peak", "peer": "qtls", "bytes": hybrid["server_peak"]},
            {"name": "memory/record-allocations", "peer": "qtls", "allocations": taken, "records": records}]


def status_results(program, args):
    """Paths verified anew and remembered, and handshakes with a staple."""
    found = {}
    for _ in range(args.passes):
        for line in lines_of([program, str(args.seconds)]):
            found.setdefault(line["name"], []).append(line)
    return [{"peer": "qtls", **middle(passes, lambda p: p["ratio"])} for passes in found.values()]


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            for line in f:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("out")
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--no-openssl", action="store_true")
    args = parser.parse_args()

    pems = os.path.join(args.out, "pki")
    os.makedirs(pems, exist_ok=True)
    openssl = None if args.no_openssl else OpenSSL()
    cpu = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})

    programs = os.path.join(args.tree, "bench")
    found = handshakes(os.path.join(programs, "bench_handshake"), pems, openssl, args)
    results, parts = handshake_results(found)
    results += bulk_results(os.path.join(programs, "bench_bulk"), args)
    memory = lines_of([os.path.join(programs, "bench_memory")])
    results += memory_results(memory)
    status = status_results(os.path.join(programs, "bench_status"), args)
    shutil.rmtree(pems)

    with open(os.path.join(args.out, "results.jsonl"), "w", encoding="ascii") as f:
        for line in results + status:
            f.write(json.dumps(line) + "\n")
    where = {"processor": processor(), "date": datetime.date.today().isoformat(), "passes": args.passes,
             "load": statistics.fmean(os.getloadavg()),
             "openssl": next((p["openssl"] for ps in found.values() for p in ps if "openssl" in p), None)}
    report.write(report.Report(results, parts, memory, status, where), args.out, ROOT if args.docs else None)


main()
