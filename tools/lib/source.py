"""Reading C sources, for the check scripts of tools/.

Owns: listing a tree's files, blanking comments and literals without moving any
line, and the way a broken rule is reported. Knows none of the rules.
"""

import os
import re
import sys

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL
)


def tree_of_arguments():
    """The tree to check: the first argument, or the one this script is in."""
    if len(sys.argv) > 1:
        return os.path.abspath(sys.argv[1])
    return os.path.dirname(os.path.dirname(os.path.abspath(sys.argv[0])))


def files(tree, folders, endings):
    """The paths, relative to the tree, of the folders' files so ending."""
    found = []
    for folder in folders:
        for here, below, names in os.walk(os.path.join(tree, folder)):
            below.sort()
            for name in sorted(names):
                if name.endswith(endings):
                    found.append(os.path.relpath(os.path.join(here, name), tree))
    return found


def read(tree, path):
    with open(os.path.join(tree, path), encoding="utf-8") as file:
        return file.read()


def blank(text, literals=True):
    """The text with comments (and literals) blanked, every line in its place."""

    def hide(match):
        token = match.group(0)
        if token[0] in "\"'" and not literals:
            return token
        if token[0] in "\"'":
            return token[0] * 2
        return "\n" * token.count("\n") or " "

    return TOKEN.sub(hide, text)


class Report:
    """Collects broken rules and ends the script with the fitting status."""

    def __init__(self, title):
        self.title = title
        self.broken = 0

    def add(self, path, line, rule):
        self.broken += 1
        print(f"{path}:{line}: {rule}")

    def finish(self, summary):
        if self.broken:
            print(f"{self.title}: {self.broken} broken, {summary}")
            sys.exit(1)
        print(f"{self.title}: sound, {summary}")
