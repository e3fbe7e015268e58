"""What the interop tests share: programs of the Debian 13 root, our command,
processes that are talked to, and the running of cases.

The root (tools/debian-root trixie) is entered with chroot and shares the
machine's loopback network. A folder in its /tmp is seen from both sides: a
Work knows the two names of each file in it.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

SOURCE = os.environ.get("QTLS_SOURCE_DIR") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("QTLS_BUILD_DIR") or os.path.join(SOURCE, "build", "release")
QTLS = os.environ.get("QTLS_BIN") or os.path.join(BUILD, "qtls")
ROOT = os.path.join(SOURCE, "build", "roots", "trixie")
NAME = "server.test"
PATIENCE = 20  # seconds for any one thing to happen, sanitizers and a busy machine included
AS_ROOT = os.geteuid() == 0


class Failed(Exception):
    """A case that did not go as it must."""


def require(condition, text):
    if not condition:
        raise Failed(text)


def same(what, got, wanted):
    require(got == wanted, f"{what} is {got!r} and not {wanted!r}")


def skip(text):
    print(f"skipped: {text}")
    sys.exit(77)


def in_root(*command):
    """The command line that runs a program of the root as the present user."""
    if AS_ROOT:
        return ["chroot", ROOT, *command]
    return ["sudo", "-n", "chroot", f"--userspec={os.getuid()}:{os.getgid()}", ROOT, *command]


def openssl(*arguments):
    return in_root("openssl", *arguments)


def qtls(*arguments):
    return [QTLS, *arguments]


class Work:
    """A folder that both sides see: here(name) is our path, there(name) the root's."""

    def __init__(self):
        if not os.path.isdir(ROOT):
            skip("there is no Debian 13 root; `make check` makes it, and so does tools/debian-root trixie PACKAGE...")
        self.folder = tempfile.mkdtemp(prefix="qtls-interop-", dir=os.path.join(ROOT, "tmp"))

    def here(self, name):
        return os.path.join(self.folder, name)

    def there(self, name):
        return os.path.join("/tmp", os.path.basename(self.folder), name)

    def write(self, name, data):
        with open(self.here(name), "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return name

    def read(self, name):
        with open(self.here(name), "rb") as f:
            return f.read()

    def join(self, name, *parts):
        return self.write(name, b"".join(self.read(p) for p in parts))

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def needs(*programs):
    """Fails when the root lacks a program: it is there, but without its packages."""
    for program in programs:
        if not os.path.exists(ROOT + program):
            print(f"FAIL {program} is not in the root: tools/debian-root trixie "
                  "$(grep -v '^#' tests/interop/packages)")
            sys.exit(1)


def java(work, program, *arguments, classpath=None):
    """The command line that runs a single-file program of tests/interop in the
    root. The root has no /proc, so java is told where its libraries are."""
    found = glob.glob(ROOT + "/usr/lib/jvm/java-*-openjdk-*/bin/java")
    if not found:
        needs("/usr/lib/jvm/*/bin/java")
    home, name = os.path.dirname(os.path.dirname(found[0]))[len(ROOT):], os.path.basename(program)
    shutil.copy(os.path.join(SOURCE, "tests", "interop", program), work.here(name))
    return in_root("env", f"LD_LIBRARY_PATH={home}/lib", f"{home}/bin/java", "-XX:+UseSerialGC",
                   "-XX:TieredStopAtLevel=1", "-Xmx256m", "-XX:-UsePerfData",
                   *(["-cp", classpath] if classpath else []), work.there(name), *arguments)


class Result:
    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    @property
    def text(self):
        return (self.out + self.err).decode("utf-8", "replace")

    def ok(self):
        require(self.code == 0, f"exit code {self.code} of {' '.join(self.command)}\n{self.text}")
        return self

    def refused(self, pattern=""):
        require(self.code != 0, f"success of {' '.join(self.command)}\n{self.text}")
        return self.says(pattern)

    def says(self, pattern):
        require(re.search(pattern, self.text), f"{' '.join(self.command)} does not say /{pattern}/\n{self.text}")
        return self


def run(command, stdin=b"", patience=PATIENCE, folder=None):
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=patience, cwd=folder)
    except subprocess.TimeoutExpired as e:
        text = ((e.stdout or b"") + (e.stderr or b"")).decode("utf-8", "replace")
        raise Failed(f"no end within {patience} s: {' '.join(command)}\n{text}") from None
    return Result(command, done.returncode, done.stdout, done.stderr)


class Process:
    """A program that runs beside a case; what it prints is kept and waited for."""

    def __init__(self, command, folder=None):
        self.command = command
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, cwd=folder)
        self.data = b""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            piece = os.read(self.child.stdout.fileno(), 65536)
            with self.changed:
                self.data += piece
                self.ended = not piece
                self.changed.notify_all()
            if not piece:
                return

    ended = False

    @property
    def text(self):
        return self.data.decode("utf-8", "replace")

    def expect(self, pattern, after=0):
        """Waits for the pattern in what was printed; gives the match."""
        until = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                match = re.compile(pattern.encode()).search(self.data, after)
                if match:
                    return match
                left = until - time.monotonic()
                if self.ended or left <= 0:
                    raise Failed(f"{' '.join(self.command)} {'ended' if self.ended else 'waits'} "
                                 f"without saying /{pattern}/\n{self.text[-3000:]}")
                self.changed.wait(left)

    def send(self, data):
        try:
            self.child.stdin.write(data if isinstance(data, bytes) else data.encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            raise Failed(f"{' '.join(self.command)} has ended\n{self.text[-3000:]}") from None

    def end_input(self):
        try:
            self.child.stdin.close()
        except BrokenPipeError:
            pass

    def wait(self):
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed(f"no end of {' '.join(self.command)}\n{self.text[-3000:]}") from None
        self.reader.join(PATIENCE)
        return self.child.returncode

    def stop(self):
        if self.child.poll() is None:
            if AS_ROOT or self.command[0] != "sudo":
                self.child.terminate()
            else:
                subprocess.run(["sudo", "-n", "kill", str(self.child.pid)], check=False)
        self.end_input()
        return self.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.child.stdout.close()


class Serve(Process):
    """qtls serve on a free port of the loopback, telling all as JSON."""

    def __init__(self, *options):
        super().__init__(qtls("serve", "--listen", "127.0.0.1:0", "--json", *options))
        self.port = int(self.expect(r'"event":"listening".*"port":(\d+)').group(1))

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        # It ends well when told to, with nothing lost and nothing for a sanitizer to say.
        if kind is None:
            require(self.child.returncode == 0, f"exit code {self.child.returncode} of qtls serve\n{self.text[-3000:]}")

    def connection(self, index=0):
        """What it told of its connection `index`, once that has ended."""
        line = r'(?:\{"event":"connection".*\}\n[^{]*){%d}(\{"event":"connection".*\})\n' % index
        return json.loads(self.expect(line).group(1))


def connect(port, *options, stdin=b""):
    """qtls connect; gives what it told as JSON, and the Result."""
    result = run(qtls("connect", f"127.0.0.1:{port}", "--name", NAME, "--json", *options), stdin)
    try:
        return json.loads(result.out), result
    except ValueError:
        raise Failed(f"no JSON of {' '.join(result.command)}: exit code {result.code}\n{result.text}") from None


class Cases:
    """A list of cases; each is a name, a function and its arguments."""

    def __init__(self):
        self.list = []

    def add(self, title, function, *arguments, **keywords):
        self.list.append((title, function, arguments, keywords))

    def run(self, at_once=2):
        """Runs them all, prints a line for each, and exits with the outcome."""
        only = sys.argv[1:]
        wanted = [c for c in self.list if not only or any(word in c[0] for word in only)]
        began = time.monotonic()
        failed = 0
        with ThreadPoolExecutor(at_once) as pool:
            for line, bad in pool.map(self._one, wanted):
                failed += bad
                print(line, flush=True)
        print(f"{len(wanted) - failed} of {len(wanted)} ok in {time.monotonic() - began:.1f} s")
        return 1 if failed or not wanted else 0

    @staticmethod
    def _one(case):
        name, function, arguments, keywords = case
        began = time.monotonic()
        try:
            function(*arguments, **keywords)
        except Failed as e:
            text = str(e)
            return f"FAIL {name}: {text if len(text) < 4000 else text[:1000] + ' ... ' + text[-3000:]}", 1
        except Exception:  # a fault of the test itself is a failure too
            return f"FAIL {name}: {traceback.format_exc()}", 1
        return f"ok   {name} ({(time.monotonic() - began) * 1000:.0f} ms)", 0


def main(build):
    """Calls build(work, cases), runs the cases and cleans up."""
    if not os.access(QTLS, os.X_OK):
        print(f"FAIL there is no {QTLS}")
        sys.exit(1)
    work = Work()
    code = 1
    try:
        cases = Cases()
        build(work, cases)
        code = cases.run()
    except Failed as e:
        print(f"FAIL preparing: {e}")
    finally:
        work.remove()
    sys.exit(code)
