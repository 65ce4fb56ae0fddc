"""Take a picture of every state of the widget in each theme: one contact sheet for each.

The page's own code shows the frames of `js/test/states.ts` with the style sheets of JupyterLab's themes, or with
those of the page without a notebook. No kernel runs, so a sheet takes a few seconds.

Usage: `python docs/make_sheets.py` (or `make pictures`)
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.lab import CHROMIUM, CHROMIUM_FLAGS
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = Path(__file__).with_name("pictures")
STATIC = ROOT / "src" / "nbstream" / "static"
THEMES_OF_LAB = Path(sys.prefix, "share", "jupyter", "lab", "themes", "@jupyterlab")
SHEETS: dict[str, tuple[Literal["light", "dark"], Path]] = {
    "light": ("light", THEMES_OF_LAB / "theme-light-extension" / "index.css"),
    "dark": ("dark", THEMES_OF_LAB / "theme-dark-extension" / "index.css"),
    "high-contrast": ("dark", THEMES_OF_LAB / "theme-dark-high-contrast-extension" / "index.css"),
    "web-light": ("light", STATIC / "web.css"),
    "web-dark": ("dark", STATIC / "web.css"),
}
"""The colour scheme and the style sheet of each sheet."""

WIDTH_PX = 1_400
SHEET_BYTES = 1_000_000

LAYOUT = """
body.sheet { display: block; height: auto; margin: 0; padding: 20px; background: var(--jp-layout-color0); }
.sheet main { columns: 3; column-gap: 28px; }
.sheet main > section { break-inside: avoid; margin-bottom: 24px; }
.sheet h2 { margin: 0 0 4px; color: var(--jp-content-font-color1); font: 600 12px system-ui, sans-serif; }
"""

DRAW = """() => {
  const main = document.body.appendChild(document.createElement("main"));
  for (const [name, draw] of Object.entries(states.STATES)) {
    const section = main.appendChild(document.createElement("section"));
    section.appendChild(document.createElement("h2")).textContent = name;
    draw(section.appendChild(document.createElement("div")), new AbortController().signal);
  }
}"""

IS_DRAWN = """() => document.querySelector(".nbstream-editor, .nbstream-editing")
  && !document.querySelector(".nbstream-queue > li[hidden]") && document.querySelector(".nbstream-row")
  && document.body.textContent.includes("No connection")"""


def build_states() -> str:
    """Return the code that draws the states, as one script."""
    command = ["npx", "esbuild", "test/states.ts", "--bundle", "--format=iife", "--global-name=states"]
    return subprocess.run(command, cwd=ROOT / "js", check=True, capture_output=True, text=True).stdout


def take_sheet(browser: Browser, script: str, scheme: Literal["light", "dark"], theme: Path) -> Image.Image:
    """Return the picture of all states in a theme."""
    page = browser.new_page(viewport={"width": WIDTH_PX, "height": 900}, color_scheme=scheme)
    page.set_content('<!doctype html><html lang="en"><body class="sheet"></body></html>')
    for style in (theme, STATIC / "widget.css", STATIC / "batch.css"):
        page.add_style_tag(content=style.read_text())
    page.add_style_tag(content=LAYOUT)
    page.add_script_tag(content=script)
    page.evaluate(DRAW)
    page.wait_for_function(IS_DRAWN)
    png = page.screenshot(full_page=True, animations="disabled")
    page.close()
    return Image.open(io.BytesIO(png)).convert("RGB")


def main() -> None:
    """Take all sheets.

    Raises:
        SystemExit: A sheet is larger than `SHEET_BYTES`.
    """
    script = build_states()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for name, (scheme, theme) in SHEETS.items():
            path = PICTURES / f"states-{name}.webp"
            take_sheet(browser, script, scheme, theme).save(path, "WEBP", method=6, quality=80)
            size = path.stat().st_size
            print(f"{path.name}: {size:,} bytes")
            if size > SHEET_BYTES:
                raise SystemExit(f"{path.name} has {size:,} bytes; at most {SHEET_BYTES:,} are allowed.")
        browser.close()


if __name__ == "__main__":
    main()
