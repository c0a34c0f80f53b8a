"""Renders README.md and docs/*.md as a static site: book.py OUTPUT. Needs Python's markdown."""
import html
import json
import re
import shutil
import sys
from pathlib import Path

import markdown

ROOT = Path(__file__).resolve().parents[2]
# Parts of the book, with the files of their chapters. A chapter that does not exist is an error.
PARTS = [
    ("Start", ["README.md", "CHANGELOG.md"]),
    ("Concepts", ["docs/architecture.md", "docs/reward-chain.md", "docs/reward-programs.md", "docs/methods.md", "docs/nethack.md",
                  "docs/text.md"]),
    ("Own parts", ["docs/environments.md", "docs/adding-an-environment.md", "docs/library.md",
                   "clients/python/README.md",
                   "docs/foreign-peer/README.md"]),
    ("Operating", ["docs/operations.md", "docs/troubleshooting.md", "docs/clusters.md", "docs/scaling.md", "docs/threat-model.md"]),
    ("Results", ["docs/experiments.md", "docs/tuning.md", "docs/benchmarks.md"]),
    ("References", ["docs/configuration.md", "docs/metrics.md", "docs/checkpoints.md"]),
    ("Project", ["CONTRIBUTING.md", "SECURITY.md"]),
]
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { margin: 0; font: 16px/1.6 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 52rem); gap: 2rem; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line); box-sizing: border-box; }
nav ul { list-style: none; padding: 0; } nav h2 { font-size: .85rem; margin: 1rem 0 .2rem; } nav [aria-current] { font-weight: bold; }
main { padding: 1rem 1rem 4rem; } pre, table { display: block; overflow: auto; } pre { background: var(--soft); padding: .8rem; border-radius: 6px; }
code { font-size: .9em; } td, th { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; } table { border-collapse: collapse; }
img { max-width: 100%; } input { width: 100%; box-sizing: border-box; } @media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; } }
"""
SEARCH = """
const box = document.getElementById('search'), list = document.getElementById('found');
box.addEventListener('input', () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  list.replaceChildren(...(words.length ? INDEX.filter(e => words.every(w => e[2].includes(w))).slice(0, 20) : []).map(e => {
    const a = document.createElement('a'), li = document.createElement('li');
    a.href = e[0]; a.textContent = e[1]; li.append(a); return li;
  }));
});
"""


def page_of(source):
    """The file name of a chapter's page."""
    if source == "README.md":
        return "index.html"
    return re.sub(r"\.md$", "", source.removeprefix("docs/")).replace("/", "-").lower() + ".html"


def title_of(text, source):
    match = re.search(r"^# (.+)$", text, re.M)
    return re.sub(r"[`*]", "", match[1]) if match else source


def relinked(body, source, pages):
    """Links between chapters lead to their pages; pictures and other files are copied next to them."""
    copied = set()

    def link(match):
        attribute, target = match[1], match[2]
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not path:
            return match[0]
        place = (ROOT / source).parent.joinpath(path).resolve()
        if not place.is_relative_to(ROOT) or not place.exists():
            sys.exit(f"{source}: the link {target} leads nowhere")
        name = place.relative_to(ROOT).as_posix()
        if name in pages:
            return f'{attribute}="{page_of(name)}{"#" + anchor if anchor else ""}"'
        if place.is_dir():
            return f'{attribute}="{page_of(name + "/README.md")}"' if name + "/README.md" in pages else match[0]
        copied.add(name)
        return f'{attribute}="files/{name}"'
    return re.sub(r'(href|src)="([^"]+)"', link, body), copied


def main():
    output = Path(sys.argv[1])
    chapters = {source: (ROOT / source).read_text() for _, sources in PARTS for source in sources}
    missing = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").glob("*.md")
                     if file.relative_to(ROOT).as_posix() not in chapters)
    if missing:
        sys.exit(f"the book lacks {', '.join(missing)}: add them to scripts/book/book.py")
    titles = {source: title_of(text, source) for source, text in chapters.items()}
    output.mkdir(parents=True, exist_ok=True)
    index = []
    for source, text in chapters.items():
        body = markdown.markdown(text, extensions=["tables", "fenced_code", "toc", "sane_lists"])
        body, copied = relinked(body, source, chapters)
        for name in copied:
            (output / "files" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, output / "files" / name)
        for part in re.split(r"(?=<h[12] )", body):
            heading = re.match(r'<h[12] id="([^"]*)">(.*?)</h', part)
            if heading:
                plain = re.sub(r"<[^>]*>", " ", part)
                index.append([f"{page_of(source)}#{heading[1]}", html.unescape(re.sub("<[^>]*>", "", heading[2])),
                              html.unescape(plain).lower()])
        menu = "".join(
            f"<h2>{part}</h2><ul>" + "".join(
                f'<li><a href="{page_of(other)}"{" aria-current=page" if other == source else ""}>{html.escape(titles[other])}</a></li>'
                for other in sources) + "</ul>" for part, sources in PARTS)
        (output / page_of(source)).write_text(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{html.escape(titles[source])} - Tengu</title><style>{STYLE}</style>"
            f'<nav aria-label="Chapters"><label for="search">Search</label><input id="search" type="search">'
            f'<ul id="found" aria-live="polite"></ul>{menu}</nav><main>{body}</main>'
            f'<script src="search.js"></script></html>\n')
    (output / "search.js").write_text(f"const INDEX = {json.dumps(index)};\n{SEARCH}")
    print(f"{output}/index.html: {len(chapters)} chapters")


if __name__ == "__main__":
    main()
