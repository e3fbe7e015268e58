#!/usr/bin/env python3
# ctest-timeout: 300
# ctest-plain-only
"""qtls pki, killed: at every single call that changes a file, in the middle of
every write, and at random moments; and watched for the order of writing, flushing
and telling, on which it depends that a machine may die as well. After each death: the database is sound, no
serial number stands twice, every certificate that is in a file is in the
database, every revocation and list that was reported as done is there, files are
whole or absent, and the next command works.

QTLS_CRASHES: how many random kills (make crash takes more than make check)."""

import base64
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

QTLS = os.environ["QTLS_BIN"]
SOURCE = os.environ["QTLS_SOURCE_DIR"]
RANDOM_KILLS = int(os.environ.get("QTLS_CRASHES", "60"))
KIND = "p256"  # fast: what is tried here does not depend on the keys
SEED = int(os.environ.get("QTLS_SEED", str(time.time_ns() % 1000000)))


def ders(path):
    with open(path, encoding="ascii") as file:
        text = file.read()
    blocks = re.findall(r"-----BEGIN ([A-Z0-9 ]+)-----\n(.*?)-----END \1-----\n", text, re.DOTALL)
    if not blocks or re.sub(r"-----BEGIN ([A-Z0-9 ]+)-----\n(.*?)-----END \1-----\n", "", text, flags=re.DOTALL):
        raise AssertionError(f"{path} is not whole")
    return [base64.b64decode(body, validate=False) for _, body in blocks]


class Authority:
    """A directory, and what its commands have reported so far."""

    def __init__(self, work):
        self.work = work
        self.dir = os.path.join(work, "ca")
        self.turn = 0
        self.revoked = {}  # serial -> reason, as reported
        self.handed_out = set()  # serials, as reported
        self.crl = 0
        self.kills = 0
        self.torn = 0
        self.checks = 0
        run([QTLS, "pki", "init", self.dir, "--kind", KIND, "--quiet"])

    def prefix(self):
        self.turn += 1
        return os.path.join(self.work, f"id{self.turn}")

    def valid(self):
        with database(self.dir) as db:
            return [row[0] for row in db.execute(
                "SELECT serial FROM certificates WHERE status = 1 AND role <> 1 ORDER BY id")]

    def issue(self):
        return ["issue", self.dir, "--dns", "localhost", "--out", self.prefix(), "--json"]

    def renew(self):
        return ["renew", random.choice(self.valid()), "--dir", self.dir, "--out", self.prefix(), "--json"]

    def revoke(self):
        return ["revoke", random.choice(self.valid()), "--dir", self.dir, "--reason", "superseded", "--json"]

    def make_crl(self):
        return ["crl", self.dir, "--json"]

    def note(self, command, output):
        """What a command that ended with 0 has reported."""
        if not output.strip():
            raise AssertionError(f"{command} ended well and reported nothing")
        said = json.loads(output)
        if command in ("issue", "renew"):
            if said["serial"] in self.handed_out:
                raise AssertionError(f"serial {said['serial']} was given out twice")
            self.handed_out.add(said["serial"])
        elif command == "revoke":
            self.revoked[said["serial"]] = said["reason"]
        else:
            if said["number"] <= self.crl:
                raise AssertionError(f"list {said['number']} after list {self.crl}")
            self.crl = said["number"]

    def check(self):
        self.checks += 1
        with database(self.dir) as db:
            if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise AssertionError("the database is damaged")
            rows = {serial: (status, reason, der) for serial, status, reason, der in db.execute(
                "SELECT serial, status, reason, der FROM certificates")}
            count = db.execute("SELECT COUNT(*), COUNT(DISTINCT serial) FROM certificates").fetchone()
            numbers = [n for (n,) in db.execute("SELECT number FROM crls")]
        if count[0] != count[1]:
            raise AssertionError("a serial number stands twice")
        if len(numbers) != len(set(numbers)) or (numbers and max(numbers) < self.crl):
            raise AssertionError("a list's number was lost or stands twice")
        known = {bytes(der) for _, _, der in rows.values() if der is not None}
        if len(known) != sum(der is not None for _, _, der in rows.values()):
            raise AssertionError("a certificate stands twice")
        for name in os.listdir(self.work):
            path = os.path.join(self.work, name)
            if re.fullmatch(r"id\d+\.pem", name):
                if ders(path)[0] not in known:
                    raise AssertionError(f"{name} is out and not in the database")
                if not os.path.exists(path[:-4] + ".key"):
                    raise AssertionError(f"{name} is there without its key")
            elif re.fullmatch(r"id\d+\.key", name):
                ders(path)
        for serial in self.handed_out:
            if rows.get(serial, (0,))[0] == 0:
                raise AssertionError(f"{serial} was given out and is not in the database")
        for serial in self.revoked:
            if rows[serial][0] != 2:
                raise AssertionError(f"the revocation of {serial} was lost")
        if os.path.exists(os.path.join(self.dir, "intermediate.crl")):
            ders(os.path.join(self.dir, "intermediate.crl"))


def database(folder):
    """The database as any program would open it after the crash."""
    db = sqlite3.connect(os.path.join(folder, "ca.db"), timeout=30)

    class Closing:
        def __enter__(self):
            return db

        def __exit__(self, *_):
            db.close()

    return Closing()


def run(command, **more):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if result.returncode != 0:
        raise AssertionError(f"{command}: {result.returncode}: {result.stderr}")
    return result.stdout


def preload(work):
    """The library that ends a process at a chosen call."""
    library = os.path.join(work, "crash.so")
    run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-w", os.path.join(SOURCE, "tests/cli/_crash.c"),
         "-o", library, "-ldl"])
    return library


def every_call(authority, library, make, torn):
    """Each call of one command in turn, until a run is let through."""
    counted = os.path.join(authority.work, "calls")
    at = 0
    while True:
        at += 1
        command = make()
        if os.path.exists(counted):
            os.unlink(counted)
        environment = dict(os.environ, LD_PRELOAD=library, CRASH_AT=str(at), CRASH_COUNT=counted,
                           CRASH_TORN="1" if torn else "0")
        result = subprocess.run([QTLS, "pki", *command], capture_output=True, text=True, check=False, env=environment)
        if result.returncode == 0:
            authority.note(command[0], result.stdout)
        elif result.returncode == -signal.SIGKILL:
            authority.kills += 1
        else:
            raise AssertionError(f"{command} at call {at}: {result.returncode}: {result.stderr}")
        authority.check()
        if os.path.exists(counted):
            with open(counted, encoding="ascii") as file:
                if int(file.read()) < at:
                    return at - 1


def in_order(authority, library):
    """What a power cut may take is what was not flushed. So the database is flushed
    before the first of a command's files gets its name, its journal not taken away
    before the database itself is flushed; each file is flushed before it gets its
    name, and its folder after."""
    log = os.path.join(authority.work, "log")
    base = os.path.realpath(authority.work)
    for make in (authority.issue, authority.renew, authority.make_crl, authority.revoke):
        command = make()
        if os.path.exists(log):
            os.unlink(log)
        environment = dict(os.environ, LD_PRELOAD=library, CRASH_LOG=log)
        result = subprocess.run([QTLS, "pki", *command], capture_output=True, text=True, check=True, env=environment)
        authority.note(command[0], result.stdout)
        with open(log, encoding="utf-8") as file:
            calls = [line.rstrip("\n").split(" ", 1) for line in file]
        dirty, named, writes, syncs = set(), set(), 0, 0
        for call, path in calls:
            path = os.path.realpath(path) if path.startswith("/") else path
            if call == "write":
                dirty.add(path)
                writes += path.endswith("ca.db-wal")
            elif call == "sync":
                dirty.discard(path)
                named = {name for name in named if os.path.dirname(name) != path}
                syncs += path.endswith("ca.db-wal")
            elif call in ("name", "unlink"):
                # While the journal is there the database file is behind it; the lock holds a word for people.
                behind = ("/ca.db-shm", "/ca.lock") if call == "unlink" else ("/ca.db", "/ca.db-shm", "/ca.lock")
                late = {name for name in dirty if name.startswith(base) and not name.endswith(behind)}
                if late:
                    raise AssertionError(f"{command[0]}: {call} {path} while {late} is not on the disk")
                if call == "name":
                    named.add(path)
        if named or not any(call == "unlink" and path.endswith("ca.db-wal") for call, path in calls):
            raise AssertionError(f"{command[0]} ended while the name of {named} is not on the disk")
        wanted = 1 if command[0] == "revoke" else 2  # a number first, then what is made with it
        if writes == 0 or syncs < wanted:
            raise AssertionError(f"{command[0]}: {writes} writes and {syncs} flushes of the journal")
    print("issue, renew, crl, revoke: on the disk before it shows")


def at_random(authority, kills):
    makers = [authority.issue, authority.issue, authority.renew, authority.revoke, authority.make_crl]
    lasts = 0.05
    for _ in range(kills):
        if len(authority.valid()) < 3:
            result = run([QTLS, "pki", *authority.issue()])
            authority.note("issue", result)
        command = random.choice(makers)()
        begin = time.monotonic()
        with subprocess.Popen([QTLS, "pki", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as p:
            try:
                output, _ = p.communicate(timeout=random.uniform(0, lasts * 1.3))
            except subprocess.TimeoutExpired:
                p.kill()
                output, _ = p.communicate()
            code = p.returncode
        if code == 0:
            lasts = lasts * 0.9 + (time.monotonic() - begin) * 0.1
            authority.note(command[0], output)
        elif code == -signal.SIGKILL:
            authority.kills += 1
        else:
            raise AssertionError(f"{command}: {code}")
        authority.check()


def first_of_all(work, library):
    """qtls pki init: the directory is whole, or not there and can be made."""
    at = 0
    while True:
        at += 1
        folder = os.path.join(work, f"new{at}")
        environment = dict(os.environ, LD_PRELOAD=library, CRASH_AT=str(at))
        result = subprocess.run([QTLS, "pki", "init", folder, "--kind", KIND, "--quiet"], capture_output=True,
                                text=True, check=False, env=environment)
        if os.path.exists(folder):
            run([QTLS, "pki", "list", folder, "--check"])
            run([QTLS, "pki", "issue", folder, "--dns", "a.example", "--out", folder + "-id", "--quiet"])
        elif result.returncode == 0:
            raise AssertionError("made, and not there")
        else:
            run([QTLS, "pki", "init", folder, "--kind", KIND, "--quiet"])
        for name in os.listdir(work):
            if name.startswith(f"new{at}"):
                path = os.path.join(work, name)
                if os.path.isdir(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)
        if result.returncode == 0:
            return at - 1
        if result.returncode != -signal.SIGKILL:
            raise AssertionError(f"init at call {at}: {result.returncode}: {result.stderr}")


def main():
    random.seed(SEED)
    # A memory disk where there is one: a killed process leaves the same there, sooner.
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="qtls-crash-", dir=shm)
    begin = time.monotonic()
    try:
        library = preload(work)
        authority = Authority(work)
        for _ in range(3):
            authority.note("issue", run([QTLS, "pki", *authority.issue()]))
        print(f"init: killed at each of {first_of_all(work, library)} calls")
        in_order(authority, library)
        for name, make in (("issue", authority.issue), ("crl", authority.make_crl), ("renew", authority.renew),
                           ("revoke", authority.revoke)):
            for torn in (False, True) if name in ("issue", "crl") else (False,):
                calls = every_call(authority, library, make, torn)
                print(f"{name}: killed at each of {calls} calls{', in the middle of writes' if torn else ''}")
        at_random(authority, RANDOM_KILLS)
        run([QTLS, "pki", "list", authority.dir, "--check"])
        print(f"{authority.kills} commands killed, {authority.checks} checks, "
              f"{len(authority.handed_out)} certificates and {len(authority.revoked)} revocations reported, "
              f"{time.monotonic() - begin:.0f} s, QTLS_SEED={SEED}")
        with database(authority.dir) as db:
            reserved = db.execute("SELECT COUNT(*) FROM certificates WHERE status = 0").fetchone()[0]
        if reserved == 0:
            raise AssertionError("nobody died between taking a number and signing: numbers are not taken first")
        if authority.kills < 150:
            raise AssertionError("too few were killed for this to mean anything")
    except AssertionError as problem:
        print(f"FAILED (QTLS_SEED={SEED}): {problem}")
        sys.exit(1)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
