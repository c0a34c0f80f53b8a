"""Writes a man page (mdoc) for `tengu` and each of its commands from what `tengu --experimental-dump-help` prints.

Usage: manual.py HELP.json VERSION FOLDER
"""
import json
import re
import sys
from pathlib import Path


def text(value):
    """A text in roff: backslashes, and dots and quotes that begin a line, mean something there."""
    lines = (value or "").replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def paragraphs(value):
    return "\n.Pp\n".join(text(part) for part in re.split(r"\n\s*\n", (value or "").strip()) if part)


def spelled(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def synopsis(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f".Ar {text(value)}"
    word = text(spelled(argument["preferredName"])[1:])
    return f".Fl {word}" + (f" Ar {text(value)}" if argument["kind"] == "option" else "")


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def page(path, command, version):
    title = "-".join(path)
    lines = [f'.Dd November 30, 2026', f".Dt {title.upper()} 1", f".Os Tengu {version}", ".Sh NAME", f".Nm {title}",
             f".Nd {text(command.get('abstract', '')).rstrip('.') or 'Tengu'}", ".Sh SYNOPSIS", f".Nm {' '.join(path)}"]
    for argument in shown(command):
        line = synopsis(argument)
        lines.append((".Op " + line[1:]) if argument.get("isOptional") else line)
    if command.get("subcommands"):
        lines.append(".Ar command")
    description = paragraphs(command.get("discussion")) or paragraphs(command.get("abstract"))
    lines += [".Sh DESCRIPTION", description]
    if shown(command):
        lines.append(".Bl -tag -width Ds")
        for argument in shown(command):
            lines += [".It " + synopsis(argument)[1:], paragraphs(argument.get("abstract")) or "\\&"]
            if argument.get("defaultValue"):
                lines.append(f"The default is {text(argument['defaultValue'])}.")
        lines.append(".El")
    commands = [part for part in command.get("subcommands", []) if part["commandName"] != "help"]
    if commands:
        lines += [".Sh COMMANDS", ".Bl -tag -width Ds"]
        for part in commands:
            lines += [f".It Cm {text(part['commandName'])}", paragraphs(part.get("abstract"))]
        lines.append(".El")
    lines += [".Sh EXIT STATUS",
              "0: complete, or stopped as asked.\n1: it failed; the last line gives the reason.\n"
              "64: a mistake in the arguments or the configuration.\n69: a service cannot be reached.\n"
              "75: it is to be started again.\n128 + N: ended by signal N."]
    related = [f"{title}-{part['commandName']}" for part in commands] or [path[0]]
    related = sorted(set(related) - {title})
    if related:
        lines.append(".Sh SEE ALSO")
        lines.append(" ,\n".join(f".Xr {other} 1" for other in related))
    return "\n".join(line for line in lines if line) + "\n", commands


def write(path, command, version, folder):
    content, commands = page(path, command, version)
    (folder / f"{'-'.join(path)}.1").write_text(content)
    for part in commands:
        write([*path, part["commandName"]], part, version, folder)


def main():
    help_file, version, folder = sys.argv[1:4]
    write(["tengu"], json.loads(Path(help_file).read_text())["command"], version, Path(folder))


if __name__ == "__main__":
    main()
