#!/usr/bin/env python3
"""Looks at every view of the web page of runs in a headless chromium, and keeps a picture of each.

Usage: browse.py URL DIR. Needs the package playwright and a chromium in PATH. Fails if a view lacks what it should show, the
page asks another server for anything, or the browser reports an error.
"""
import shutil
import sys
from pathlib import Path
from urllib.parse import urlparse

from playwright.sync_api import sync_playwright

BOUND_MILLISECONDS = 60_000
PAUSE_MILLISECONDS = 50


class Page:
    """A page that notes what went wrong."""

    def __init__(self, browser, url, scheme, size):
        self.url = url
        self.problems = []
        self.context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.page.set_default_timeout(BOUND_MILLISECONDS)
        self.page.on("console", lambda message: self.note(message.type in ("error", "warning"), message.text))
        self.page.on("pageerror", lambda error: self.note(True, str(error)))
        self.page.on("request", lambda request: self.note(self.is_foreign(request.url), f"asked for {request.url}"))

    def note(self, is_problem, text):
        if is_problem:
            self.problems.append(text)

    def is_foreign(self, address):
        return not address.startswith("data:") and urlparse(address).netloc != urlparse(self.url).netloc

    def show(self, view, selector):
        """Opens a view and waits for what it must show."""
        self.page.goto(f"{self.url}#{view}")
        self.page.wait_for_selector(selector)
        self.page.wait_for_timeout(300)

    def wait(self, condition, text):
        """Waits here and not in the page, whose policy lets nobody evaluate text."""
        for _ in range(BOUND_MILLISECONDS // PAUSE_MILLISECONDS):
            if condition():
                return
            self.page.wait_for_timeout(PAUSE_MILLISECONDS)
        check(False, f"waited too long for {text}")

    def picture(self, path):
        self.page.screenshot(path=str(path), full_page=True)


def check(condition, text):
    if not condition:
        raise SystemExit(f"browse.py: {text}")


def look(view, folder):
    page = view.page
    view.show("curves", "svg.chart .line")
    check(page.locator("svg.chart").count() >= 3, "fewer than three charts")
    check(page.locator("[data-metric='evaluation/return_mean'] .band").count() >= 1, "evaluations without a band")
    view.picture(folder / "curves.png")
    page.locator("svg.chart").first.focus()
    page.keyboard.press("ArrowLeft")
    check("step" in page.locator(".readout").first.inner_text(), "the arrow keys read no value")
    view.show("captions", "#main tbody tr")
    rows = page.locator("#main tbody tr").count()
    view.picture(folder / "captions.png")
    page.fill("#caption-search", "key")
    view.wait(lambda: page.locator("#main tbody tr").count() < rows, "the search to narrow the table")
    texts = [text.lower() for text in page.locator("#main tbody td:first-child").all_inner_texts()]
    check(texts and all("key" in text for text in texts), f"the search for key found {texts}")
    view.show("episode", "pre.screen span")
    page.get_by_role("button", name="Forward").click()
    check("step 1" in page.locator("#main p[role=status]").inner_text(), "the episode does not step forward")
    page.get_by_role("button", name="Play").click()
    view.wait(lambda: page.locator("#main p[role=status]").inner_text().startswith("step 4"), "step 4 of the episode")
    page.get_by_role("button", name="Stop").click()
    view.picture(folder / "episode.png")
    view.show("differences", "#main tbody tr")
    check("run.seed" in page.locator("#main tbody").inner_text(), "the differences lack run.seed")
    view.picture(folder / "differences.png")
    view.show("run", "#main h2")
    view.picture(folder / "run.png")


def look_at_accessibility(page):
    """Every control has a name, the page one main heading, and the tab key reaches the views."""
    unnamed = page.evaluate("""() => [...document.querySelectorAll('button, input, select, svg[role=img]')].filter((made) =>
      !(made.textContent.trim() || made.getAttribute('aria-label') || made.labels?.length)).map((made) => made.outerHTML)""")
    check(not unnamed, f"controls without a name: {unnamed}")
    check(page.locator("h1").count() == 1, "not one main heading")
    page.reload()
    page.wait_for_selector("#main h2")
    page.keyboard.press("Tab")
    check("Skip" in page.evaluate("document.activeElement.textContent"), "the first tab stop is not the skip link")


def main():
    url, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    check(program, "no chromium in PATH (Debian package chromium)")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        light = Page(browser, url, "light", (1280, 900))
        look(light, folder)
        look_at_accessibility(light.page)
        dark = Page(browser, url, "dark", (1280, 900))
        dark.show("curves", "svg.chart .line")
        dark.picture(folder / "curves-dark.png")
        narrow = Page(browser, url, "light", (390, 800))
        narrow.show("curves", "svg.chart .line")
        width = narrow.page.evaluate("document.documentElement.scrollWidth")
        check(width <= 390, f"a narrow page is {width} pixels wide")
        narrow.picture(folder / "curves-narrow.png")
        problems = light.problems + dark.problems + narrow.problems
        check(not problems, "; ".join(problems))
        browser.close()


main()
