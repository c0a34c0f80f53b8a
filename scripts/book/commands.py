"""Compares the command lines in the code blocks of the documentation with what the program and the scripts accept.

Usage: commands.py TENGU

A block's lines that call `tengu`, `.build/release/tengu` or `scripts/NAME.sh` are checked: the command exists, and its help
has every option. Ends with status 1 and names file and line of each mistake.
"""
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def options(command, found):
    """The options of each command by its words."""
    def walk(node, words):
        names = {("--" if name["kind"] == "long" else "-") + name["name"]
                 for argument in node.get("arguments", []) for name in argument.get("names") or []}
        found[words] = names | {"--help", "-h", "--version"}
        for part in node.get("subcommands", []):
            walk(part, (*words, part["commandName"]))
    walk(command, ())


def lines(file):
    """Number and text of the command lines in the code blocks of a file, continued lines joined."""
    inside, joined, start = False, "", 0
    for number, line in enumerate(file.read_text().split("\n"), 1):
        if line.startswith("```"):
            inside, joined = not inside, ""
        elif inside:
            start = number if not joined else start
            joined += line.rstrip("\\")
            if not line.endswith("\\"):
                yield start, joined.strip()
                joined = ""


def problem(line, commands):
    """What is wrong with a command line; None if nothing is, or if it is no call of Tengu."""
    line = re.sub(r'"?\$\([^)]*\)"?', "x", line.split(" | ")[0].split(" && ")[0])
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        words = words[1:]
    if words[:1] == ["mpirun"] and "tengu" in words:
        words = words[words.index("tengu"):]
    if not words:
        return None
    if re.fullmatch(r"scripts/[\w-]+\.sh", words[0]):
        script = ROOT / words[0]
        if not script.is_file():
            return f"there is no {words[0]}"
        known = set(re.findall(r"--[a-z][a-z-]*", script.read_text()))
        return next((f"{words[0]} has no option {word}" for word in given(words[1:]) if word not in known | {"--help"}), None)
    if words[0] not in ("tengu", ".build/release/tengu", "bin/tengu"):
        return None
    path, rest = (), words[1:]
    while rest and (*path, rest[0]) in commands:
        path, rest = (*path, rest[0]), rest[1:]
    if not path and rest and re.fullmatch(r"[a-z][a-z-]*", rest[0]):
        return f"tengu has no command {rest[0]}"
    return next((f"tengu {' '.join(path)} has no option {word}" for word in given(rest) if word not in commands[path]), None)


def given(words):
    return [word.split("=")[0] for word in words if re.match(r"--[a-z]", word)]


def main():
    help_text = subprocess.run([sys.argv[1], "--experimental-dump-help"], capture_output=True, text=True, check=True).stdout
    commands = {}
    options(json.loads(help_text)["command"], commands)
    mistakes, count = [], 0
    for file in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("clients/**/*.md"))]:
        for number, line in lines(file):
            count += "tengu" in line or "scripts/" in line
            found = problem(line, commands)
            if found:
                mistakes.append(f"{file.relative_to(ROOT)}:{number}: {found}")
    print("\n".join(mistakes + [f"{count} command lines"]))
    sys.exit(bool(mistakes))


if __name__ == "__main__":
    main()
