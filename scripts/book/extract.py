"""Writes the files that a page of the documentation contains.

Usage: extract.py PAGE FOLDER

A block of code belongs to the file that the paragraph before it names: a line "`PATH`:" begins a file, and "`PATH`, continued:"
adds to it after an empty line. Prints the paths. Ends with status 1 if the page contains no file.
"""
import re
import sys
from pathlib import Path

NAMED_BLOCK = re.compile(r"^`([\w./-]+)`(, continued)?:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files(text):
    """The content of each file by its path."""
    found = {}
    for path, continued, code in NAMED_BLOCK.findall(text):
        if bool(continued) != (path in found):
            sys.exit(f"{path}: a block that continues a file follows its first one, which appears once")
        found[path] = f"{found[path]}\n{code}" if continued else code
    return found


def main():
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    found = files(page.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"{page} contains no file")
    for path, content in found.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
