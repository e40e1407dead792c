"""The documents as a site (tools/docs): it builds without a warning, and none of its links is dead."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "tools" / "docs"


def build(root: Path, site: Path) -> subprocess.CompletedProcess:
    command = [root / "tools" / "docs" / "build.sh", sys.prefix, site]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def dead_links(site: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, TOOLS / "check_links.py", site], capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = build(ROOT, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_each_document_is_a_page(site):
    documents = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert len(documents) > 15
    for document in documents:
        path = Path(document)
        folder = path.parent if path.stem == "README" else path.with_suffix("")
        assert (site / folder / "index.html").is_file(), document
    assert (site / "src/api/openapi.yaml").read_bytes() == (ROOT / "src/api/openapi.yaml").read_bytes()


def test_a_page_fetches_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        for tag in page.read_text().split("<")[1:]:
            if tag.startswith(("script", "img", "link rel=stylesheet", 'link rel="stylesheet"')):
                assert "//" not in tag.partition(">")[0], page


def test_a_dead_link_in_a_document_fails_the_build(tmp_path):
    dead = ["docs/gone.md", "docs/SECURITY.md#no-such-heading", "docs/"]
    root = tmp_path / "repository"
    files = subprocess.run(
        ["git", "ls-files", "*.md", "docs", "tools/docs", "LICENSE", ".env.example", "src/api/openapi.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    with (root / "README.md").open("a") as readme:
        readme.write("".join(f"\n[gone]({link})\n" for link in dead))
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A", "-f"], cwd=root, check=True)
    done = build(root, tmp_path / "site")
    assert done.returncode != 0
    for link in dead:
        assert f"link '{link}'" in done.stderr


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("gone.html", "no such file"),
        ("folder/", "no such file"),
        ("other.html#nowhere", "no such anchor"),
        ("#nowhere", "no such anchor"),
        ("../outside.html", "leads out of the site"),
    ],
)
def test_the_check_finds_what_is_dead(tmp_path, link, fault):
    site = tmp_path / "site"
    (site / "folder").mkdir(parents=True)
    (tmp_path / "outside.html").write_text("<p>there</p>")
    (site / "other.html").write_text('<h1 id="here">there</h1>')
    good = '<a href="other.html#here"></a><a href="/other.html"></a><a href="https://example.org/#x"></a>'
    (site / "index.html").write_text(good)
    assert dead_links(site).returncode == 0
    (site / "index.html").write_text(f'{good}<a href="{link}"></a>')
    found = dead_links(site)
    assert found.returncode == 1
    assert found.stdout == f"index.html: {link}: {fault}\n"


def test_a_folder_without_pages_is_not_a_good_site(tmp_path):
    assert dead_links(tmp_path).returncode == 1
