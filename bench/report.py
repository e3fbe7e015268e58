"""Owns the tables and the plot of bench/run.py."""
import os
import re

PEERS = [("qtls", "qtls", "#2f6f9f"), ("aws-lc", "AWS-LC libssl", "#8fb5cf"), ("openssl", "OpenSSL", "#d9a441")]
SIDES = ("client", "server")
LIMIT = {"x25519-p256": 1.12, "x25519mlkem768-p256": 1.12}
BULK_LIMIT = 0.88


class Report:
    def __init__(self, results, parts, memory, status, where):
        self.parts, self.memory, self.where, self.results = parts, memory, where, results
        self.status = {r["name"]: r for r in status}
        self.by = {(r["name"], r["peer"]): r for r in results}
        self.configs = list(dict.fromkeys(r["name"].split("/")[1] for r in results
                                          if r["name"].startswith("handshake/")))

    def hand(self, config, side, peer="qtls"):
        return self.by.get((f"handshake/{config}/{side}", peer))

    def get(self, name):
        return self.by[(name, "qtls")]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows, numbers):
    """A Markdown table; the last `numbers` columns are aligned to the right."""
    n = len(head)
    rule = ["---" if i < n - numbers else "---:" for i in range(n)]
    return "\n".join([row(head), row(rule)] + [row(r) for r in rows])


def ratio(r):
    return "-" if r is None else f"{r['ratio']:.2f} ×"


def handshake_table(rep):
    rows = []
    for config in rep.configs:
        for side in SIDES:
            own = rep.hand(config, side)
            rows.append([config, side, f"{own['us']:.0f}", f"{own['limit_us']:.0f}", ratio(own),
                         f"{LIMIT.get(config, 1.08):.2f} ×", ratio(rep.hand(config, side, "aws-lc")),
                         ratio(rep.hand(config, side, "openssl")), f"{own['bytes']:,}"])
    return table(["configuration", "side", "µs", "primitives µs", "qtls", "target", "AWS-LC libssl", "OpenSSL 3.5",
                  "bytes sent"], rows, 7)


def parts_table(rep):
    names = list(dict.fromkeys(name for part in rep.parts.values() for name in part))
    rows = [[name] + [f"{part[name]:.1f}" if name in part else "" for part in rep.parts.values()] for name in names]
    return table(["µs"] + [f"{config} {side}" for config, side in rep.parts], rows, len(rep.parts))


def bulk_table(rep):
    rows = []
    for size in ("16384", "1024"):
        for direction in ("seal", "open"):
            r = rep.get(f"bulk/{size}/{direction}")
            rows.append([size, direction, f"{r['gbps']:.2f}", f"{r['limit_gbps']:.2f}", f"{r['ratio']:.1%}"])
    return table(["record bytes", "direction", "GB/s", "AES-256-GCM alone GB/s", "ratio"], rows, 3)


def memory_table(rep):
    rows = [[m["config"], f"{m['client_idle']:,}", f"{m['server_idle']:,}", f"{m['client_peak']:,}",
             f"{m['server_peak']:,}", str(m["record_allocations"])] for m in rep.memory]
    return table(["configuration", "idle client", "idle server", "peak client", "peak server",
                  f"allocations for {rep.memory[0]['records']:,} records"], rows, 5)


def status_table(rep):
    cold, cached = rep.status["verify/hybrid-3/cold"], rep.status["verify/hybrid-3/cached"]
    rows = [["hybrid path of three, anew", f"{cold['us']:.0f}", f"its four verifications: {cold['limit_us']:.0f}",
             ratio(cold)],
            ["the same, remembered", f"{cached['us']:.0f}", f"anew: {cached['limit_us']:.0f}", ratio(cached)]]
    for again, when in (("", "a first visit"), ("-again", "a client that comes back")):
        for side in SIDES:
            r = rep.status[f"handshake/qtls-hybrid-stapled{again}/{side}"]
            rows.append([f"0x13F2 with a staple, {when}, {side}", f"{r['us']:.0f}",
                         f"without: {r['unstapled_us']:.0f}", ratio(r)])
    return table(["what", "µs", "beside µs", "ratio"], rows, 3)


WORDS = {"qtls-hybrid": "Q-TLS 0x13F2: P-384 + ML-KEM-1024, ECDSA P-384 + ML-DSA-65",
         "qtls-pqc": "Q-TLS 0x13F1: ML-KEM-1024, ML-DSA-65",
         "x25519-p256": "TLS 1.3: X25519, ECDSA P-256",
         "x25519mlkem768-p256": "TLS 1.3: X25519MLKEM768, ECDSA P-256",
         "p384mlkem1024-p384": "TLS 1.3: SecP384r1MLKEM1024, ECDSA P-384",
         "p384mlkem1024-mldsa65": "TLS 1.3: SecP384r1MLKEM1024, ML-DSA-65"}


def pair(rep, config, peer):
    both = [rep.hand(config, side, peer) for side in SIDES]
    return "-" if None in both else " / ".join(f"{r['ratio']:.2f}" for r in both)


def speed_table(rep):
    """The short one, for README.md."""
    rows = []
    for config in rep.configs:
        client, server = (rep.hand(config, side) for side in SIDES)
        rows.append([WORDS.get(config, config), f"{client['us']:.0f} / {server['us']:.0f}",
                     *(pair(rep, config, peer) for peer, _, _ in PEERS),
                     f"{client['bytes']:,} / {server['bytes']:,}"])
    head = ["full handshake, client / server", "µs", "× primitives", "AWS-LC libssl", "OpenSSL 3.5", "bytes sent"]
    seal, unseal = rep.get("bulk/16384/seal"), rep.get("bulk/16384/open")
    return (table(head, rows, len(head) - 1) +
            "\n\nThe three columns after the time say how many times the sum of its primitives (key exchange, signatures,\n"
            "HKDF, hash, AEAD) each side takes, measured in the same run. Most of the hybrid handshake is P-384,\n"
            f"not ML-KEM or ML-DSA. Data: {seal['gbps']:.0f} GB/s sealing and {unseal['gbps']:.0f} opening records "
            f"of 16 KiB, {seal['ratio']:.0%} and\n{unseal['ratio']:.0%} of AES-256-GCM alone. Clients offer the groups of their row alone\n"
            f"(the default ClientHello, good for all rows, has about 3,160 bytes). An idle connection "
            f"holds {rep.get('memory/idle')['bytes']:,} bytes of heap, a hybrid server\nat its peak "
            f"{rep.get('memory/handshake-peak')['bytes']:,}; records allocate nothing. {machine(rep)}\n"
            "[docs/performance.md](docs/performance.md) has all of it, and how it was measured.")


def machine(rep):
    w = rep.where
    return f"One core of {w['processor']}, {w['date']}."


def verdicts(rep):
    """What misses its target, in words."""
    missed = []
    for config in rep.configs:
        for side in SIDES:
            own, peer = rep.hand(config, side), rep.hand(config, side, "aws-lc")
            if own["ratio"] > LIMIT.get(config, 1.08):
                missed.append(f"{config} {side}: {own['ratio']:.3f} × its primitives")
            if peer and own["us"] > peer["us"]:
                missed.append(f"{config} {side}: slower than AWS-LC's libssl")
    for direction in ("seal", "open"):
        r = rep.get(f"bulk/16384/{direction}")
        if r["ratio"] < BULK_LIMIT:
            missed.append(f"{direction} 16 KiB: {r['ratio']:.1%} of AES-256-GCM")
    if rep.get("memory/idle")["bytes"] > 3072:
        missed.append("an idle connection holds more than 3 KiB")
    if rep.get("memory/handshake-peak")["bytes"] > 32768:
        missed.append("a hybrid server's handshake takes more than 32 KiB")
    for name, most in (("cold", 1.1), ("cached", 0.5)):
        if rep.status[f"verify/hybrid-3/{name}"]["ratio"] > most:
            missed.append(f"verification, {name}: more than {most} times what it stands beside")
    if rep.get("memory/record-allocations")["allocations"]:
        missed.append("records cost allocations")
    return missed


def bars(rep):
    """(label, [(peer's name, colour, ratio)]) for each side of each configuration."""
    for config in rep.configs:
        for side in SIDES:
            found = [(name, colour, rep.hand(config, side, peer)) for peer, name, colour in PEERS]
            yield f"{config}, {side}", [(name, colour, r["ratio"]) for name, colour, r in found if r]


def plot(rep):
    groups = list(bars(rep))
    left, width, bar, gap, top = 250, 560, 11, 12, 62
    most = max(value for _, found in groups for _, _, value in found)
    scale = width / (int(most * 2) / 2 + 0.5)
    height = top + sum(len(found) * bar + gap for _, found in groups) + 34
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" '
           'font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="#ffffff"/>',
           '<text x="12" y="22" font-size="15" fill="#222222">Time of a full handshake, as a multiple of its '
           'primitives</text>']
    x = 12
    for _, name, colour in PEERS:
        out.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{colour}"/>'
                   f'<text x="{x + 16}" y="44" fill="#222222">{name}</text>')
        x += 40 + 8 * len(name)
    bottom = height - 30
    for step in range(0, int(width / scale * 2) + 1):
        value = step / 2
        at = left + value * scale
        strong = "#666666" if value == 1 else "#dddddd"
        out.append(f'<line x1="{at:.1f}" y1="{top - 6}" x2="{at:.1f}" y2="{bottom}" stroke="{strong}"/>'
                   f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#444444">{value:g}</text>')
    y = top
    for label, found in groups:
        middle = y + len(found) * bar / 2 + 4
        out.append(f'<text x="{left - 8}" y="{middle:.1f}" text-anchor="end" fill="#222222">{label}</text>')
        for _, colour, value in found:
            out.append(f'<rect x="{left}" y="{y}" width="{value * scale:.1f}" height="{bar - 1}" fill="{colour}"/>'
                       f'<text x="{left + value * scale + 4:.1f}" y="{y + bar - 2}" font-size="10" '
                       f'fill="#444444">{value:.2f}</text>')
            y += bar
        y += gap
    return "\n".join(out + ["</svg>", ""])


def put(path, blocks):
    """Replaces what stands between the marks of each block."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for name, body in blocks.items():
        begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
        if begin in text:
            text = re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}\n{body}\n{end}", text,
                          flags=re.DOTALL)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def write(rep, out, root):
    missed = verdicts(rep)
    state = ("All targets are met." if not missed else
             "Missed:\n\n" + "\n".join(f"- {m}" for m in missed))
    w = rep.where
    openssl = f"; OpenSSL is {w['openssl']}" if w["openssl"] else ""
    run = (f"{machine(rep)} {w['passes']} passes, the middle one counts{openssl}. Other work ran on the machine "
           f"(load {w['load']:.1f}): look at the ratios.\n\n{state}")
    blocks = {"run": run, "handshakes": handshake_table(rep), "bulk": bulk_table(rep), "memory": memory_table(rep),
              "status": status_table(rep),
              "primitives": parts_table(rep), "speed": speed_table(rep)}
    print("\n\n".join(blocks[name] for name in ("handshakes", "status", "bulk", "memory", "run")))
    with open(os.path.join(out, "performance.md"), "w", encoding="utf-8") as f:
        f.write("\n\n".join(blocks.values()) + "\n")
    with open(os.path.join(out, "performance.svg"), "w", encoding="utf-8") as f:
        f.write(plot(rep))
    if root:
        put(os.path.join(root, "docs", "performance.md"), blocks)
        put(os.path.join(root, "README.md"), {"speed": blocks["speed"]})
        with open(os.path.join(root, "docs", "performance.svg"), "w", encoding="utf-8") as f:
            f.write(plot(rep))
