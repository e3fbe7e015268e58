#!/usr/bin/env python3
# ctest-timeout: 300    ctest-plain-only
"""Our reader of DER beside OpenSSL's: `openssl asn1parse` has to read what ours
accepts, with the same elements at the same places. What OpenSSL takes for a
certificate or a key and we do not is counted by our reason.

    openssl_elements.py [FOLDER]...     also with the inputs of these folders

The inputs are the seeds of the fuzz targets that read certificates and keys.
"""

import collections
import hashlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _interop  # noqa: E402
from _interop import Work, in_root, require  # noqa: E402

CORPUS = os.path.join(_interop.SOURCE, "fuzz", "corpus")
ELEMENTS = os.path.join(os.environ.get("QTLS_BUILD_DIR", os.path.join(_interop.SOURCE, "build", "release")), "fuzz",
                        "fuzz_elements")
LINE = re.compile(r"^ *(\d+):d= *(\d+) +hl= *(\d+) +l= *(\d+) +(cons|prim):", re.MULTILINE)
# What OpenSSL has to say of one input; it reads the names from standard input.
THEIRS = """while read -r f; do
    echo "file $f"
    openssl asn1parse -inform DER -in "$f" 2>&1 </dev/null; rc=$?; echo "asn1parse $rc"
    [ $rc = 0 ] || { printf 'certificate 1\\nprivate 1\\npublic 1\\n'; continue; }
    openssl x509 -inform DER -noout -in "$f" </dev/null >/dev/null 2>&1; echo "certificate $?"
    openssl pkey -passin pass: -inform DER -noout -in "$f" </dev/null >/dev/null 2>&1; echo "private $?"
    openssl pkey -pubin -passin pass: -inform DER -noout -in "$f" </dev/null >/dev/null 2>&1; echo "public $?"
done"""


def inputs(folders):
    """Every different one, by its hash; chains are cut into their certificates."""
    found = {}
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                data = f.read()
            pieces = [data]
            if os.path.basename(folder) == "pki_chain" and data and data[0] & 32:
                continue  # what comes first there is not a certificate
            if os.path.basename(folder) == "pki_chain":
                pieces, at = [], 1
                while at + 2 <= len(data):
                    end = at + 2 + int.from_bytes(data[at:at + 2], "big")
                    pieces.append(data[at + 2:end])
                    at = end
            for piece in pieces:
                found.setdefault(hashlib.sha1(piece).hexdigest(), piece)
    return found


def sections(text):
    """By file, what was said of it."""
    parts = re.split(r"^file .*/([0-9a-f]{40})$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def our_view(work, names):
    out = []
    for at in range(0, len(names), 500):
        command = [ELEMENTS, *(work.here(name) for name in names[at:at + 500])]
        out.append(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.decode())
    return sections("".join(out))


def their_view(work, names):
    listed = "".join(work.there(name) + "\n" for name in names)
    done = subprocess.run(in_root("sh", "-c", THEIRS), input=listed.encode(), capture_output=True, check=True,
                          timeout=3000)
    return sections(done.stdout.decode("utf-8", "replace"))


def verdict(said, word):
    return re.search(rf"^{word} (\S+)$", said, re.MULTILINE).group(1)


def compare(name, ours, theirs):
    """The elements of both, up to the first place that ours does not read."""
    mine = re.findall(r"^element (\d+) (\d+) (\d+) (\d+) (cons|prim)$", ours, re.MULTILINE)
    unread = re.search(r"^unread (\d+)$", ours, re.MULTILINE)
    other = LINE.findall(theirs)
    if unread:
        mine = [e for e in mine if int(e[0]) < int(unread.group(1))]
        other = [e for e in other if int(e[0]) < int(unread.group(1))]
    else:
        require(verdict(theirs, "asn1parse") == "0", f"asn1parse refuses {name}, which we accept\n{theirs}")
    for mine_one, other_one in zip(mine, other):
        require(mine_one == other_one, f"{name}: we read {mine_one}, asn1parse reads {other_one}")
    require(len(mine) == len(other), f"{name}: {len(mine)} elements for us, {len(other)} for asn1parse")
    return len(mine), bool(unread)


def run(work, folders):
    found = inputs(folders)
    for name, data in found.items():
        work.write(name, data)
    names = sorted(found)
    ours, theirs = our_view(work, names), their_view(work, names)
    require(set(ours) == set(theirs) == set(names), "not every input was answered for")
    count = collections.Counter()
    refused = collections.Counter()
    for name in names:
        accepted = [w for w in ("certificate", "private", "public") if verdict(ours[name], w) == "OK"]
        if accepted:
            elements, partly = compare(name, ours[name], theirs[name])
            count["accepted"] += 1
            count["elements"] += elements
            count["partly"] += partly
        for word in ("certificate", "private", "public"):
            theirs_too = verdict(theirs[name], word) == "0"
            if theirs_too and word not in accepted:
                refused[f"{word} {verdict(ours[name], word)}"] += 1
            count[f"only we accept a {word}"] += word in accepted and not theirs_too
    return len(names), count, refused


def main():
    if not os.access(ELEMENTS, os.X_OK):
        print(f"FAIL there is no {ELEMENTS}")
        return 1
    folders = [os.path.join(CORPUS, t) for t in ("pki_certificate", "pki_differential", "pki_chain", "pki_key")]
    work = Work()
    try:
        total, count, refused = run(work, folders + sys.argv[1:])
    except _interop.Failed as e:
        print(f"FAIL {e}")
        return 1
    finally:
        work.remove()
    print(f"{total} inputs, of which we accept {count['accepted']}: asn1parse reads the same {count['elements']} elements"
          f" ({count['partly']} inputs have a value of no interest that is not DER inside)")
    for word in ("certificate", "private", "public"):
        print(f"only we accept: {word} {count[f'only we accept a {word}']}")
    for reason, n in sorted(refused.items()):
        print(f"only OpenSSL accepts: {reason} {n}")
    return 0 if count["accepted"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
