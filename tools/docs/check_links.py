"""Finds dead links within a site: files that are not there, and anchors that their page does not have.

    check_links.py FOLDER

Prints each and exits with 1 if there are any. Links to other hosts are not followed.
"""

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links and the anchors of an HTML file."""

    def __init__(self, file: Path):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name == "id" or (name == "name" and tag == "a"):
                self.anchors.add(value or "")


@cache
def page_of(file: Path) -> Page:
    return Page(file)


def fault_of(link: str, file: Path, site: Path) -> str | None:
    """What is wrong with `link` in `file`; None if nothing is, or if it leads elsewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    target = site / path.lstrip("/") if path.startswith("/") else file.parent / path if path else file
    if target.is_dir():
        target /= "index.html"
    target = target.resolve()
    if not target.is_relative_to(site):
        return "leads out of the site"
    if not target.is_file():
        return "no such file"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in page_of(target).anchors:
        return "no such anchor"
    return None


def dead_links(site: Path) -> list[str]:
    """`page: link: fault` of each dead link of the site's pages."""
    site = site.resolve()
    pages = sorted(site.rglob("*.html"))
    if not pages:
        return [f"{site}: no pages"]
    return [
        f"{file.relative_to(site)}: {link}: {fault}"
        for file in pages
        for link in page_of(file).links
        if (fault := fault_of(link, file, site))
    ]


if __name__ == "__main__":
    found = dead_links(Path(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
