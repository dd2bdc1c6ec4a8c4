"""Makes the guide as a site, with screenshots of today's pages: `python docs/make_guide.py build/guide`.

The pages are made by the commands that the guide shows, in English and in Chinese, and seen by a Chromium without a
network. With ``--keep`` the pictures in docs/images are replaced, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path

DOCS = Path(__file__).resolve().parent
REPO = DOCS.parent
sys.path.insert(0, str(REPO / "tests"))

from browser import Browser, started  # noqa: E402  the browser of the tests

# What is drawn: name of the picture, the command, its page, and what must be there before it is looked at.
SHOTS = (
    ("assessment", "assess tutorial", "map.html", "document.querySelector('img.field')"),
    ("comparison", "run tutorial examples/tutorial/what_if.toml", "compare.html", "document.querySelector('path')"),
    ("siting", "site tutorial --cover 15 --new 3 --within-percent 2", "site.html", "document.querySelector('path')"),
)
WIDTH, HEIGHT = 1280, 800


def main() -> None:
    """Reads the command line, makes the pictures, then the site."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the site")
    parser.add_argument("--keep", action="store_true", help="replace the pictures in docs/images")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "docs"
        shutil.copytree(DOCS, source)
        with started() as browser:
            for lang, ending in (("en", ".png"), ("zh", ".zh.png")):
                for shot in SHOTS:
                    picture = _draw(browser, shot, lang, Path(scratch), source / "images" / (shot[0] + ending))
                    if asked.keep:
                        shutil.copy(picture, DOCS / "images")
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", str(source), str(asked.out)]
        subprocess.run(command, check=True, cwd=REPO)


def _draw(browser: Browser, shot: tuple[str, str, str, str], lang: str, scratch: Path, picture: Path) -> Path:
    """Runs the command and takes the picture of its page; a page that complains is an error."""
    name, command, page, there = shot
    folder = scratch / lang / name
    program = [sys.executable, "-c", "from carereach.cli import main; main()", *command.split()]
    environment = {**os.environ, "CARE_LANG": lang}
    subprocess.run([*program, "-o", str(folder)], check=True, cwd=REPO, env=environment, stdout=subprocess.DEVNULL)
    with browser.tab(folder / page, WIDTH, HEIGHT) as tab:
        tab.wait_for(there)
        tab.settle()
        tab.screenshot(picture)
        if tab.complaints:
            raise SystemExit(f"{page}: {tab.complaints}")
    return picture


if __name__ == "__main__":
    main()
