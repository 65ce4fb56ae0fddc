"""Take the pictures of the documentation from the real page, light and dark.

Usage: `python docs/make_pictures.py` (or `make pictures`)
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from browser.lab import CHROMIUM, CHROMIUM_FLAGS, Lab
from browser.notebook import Notebook
from PIL import Image
from playwright.sync_api import expect, sync_playwright

PICTURES = Path(__file__).with_name("pictures")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
CHANGE_THEME = "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })"
WIDTH_PX = 1000
FRAME_MS = 160
"""Least time between two pictures of the moving one, with which words come and the file stays under a megabyte."""

LAST_FRAME_MS = 3_000

MOVING_FRAMES = 60
PICTURE_BYTES = 200_000
MOVING_BYTES = 1_000_000

SET_UP = """
import json, nbstream
from dataclasses import dataclass

ANSWER = '''A **CRDT** is a data type whose copies can be changed apart and merged later, in any order.

| kind | sends | needs |
| --- | --- | --- |
| state-based | its whole state | any network |
| operation-based | each change | delivery in order |

Two replicas agree because merging is a least upper bound: $a \\\\sqcup b = b \\\\sqcup a$.

```python
def merge(a: set, b: set) -> set:
    return a | b
```
'''
NEXT = '''Start with a set that only grows: `set` and `|` are enough.'''
claude = nbstream.demo(ANSWER, NEXT, tokens_per_second=30)
quick = nbstream.demo(ANSWER, NEXT, wait=0)

@dataclass
class City:
    name: str
    people: int
    altitude: int

PERU = json.dumps([
    {"name": "Lima", "people": 10092000, "altitude": 154},
    {"name": "Arequipa", "people": 1008000, "altitude": 2335},
    {"name": "Trujillo", "people": 919900, "altitude": 34},
    {"name": "Cusco", "people": 428500, "altitude": 3399},
])
cities = nbstream.demo(PERU, wait=0)

def temperature(city: str) -> float:
    "The mean temperature of a city in °C."
    return {"Oslo": 6.3, "Lima": 19.2}[city]

def call(city):
    return {"type": "tool_use", "name": "temperature", "input": {"city": city}}

tools = nbstream.demo([call("Oslo"), call("Lima")], "It is colder in Oslo: 6 °C, against 19 °C in Lima.", wait=0)
"""

CELLS = {
    "answer": 'chat = nbstream.chat("Explain CRDTs", client=quick)',
    "objects": 'nbstream.chat("The cities of Peru", output=list[City], client=cities)',
    "tools": 'nbstream.chat("Where is it colder, Oslo or Lima?", tools=[temperature], client=tools)',
}
"""The cell of each picture."""

MOVING_CELL = 'nbstream.chat("Explain CRDTs", client=claude)'


def to_image(png: bytes) -> Image.Image:
    """Return a picture with the width of the documentation's column."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((WIDTH_PX, round(image.height * WIDTH_PX / image.width)), Image.Resampling.LANCZOS)


def save(image: Image.Image, name: str, limit: int, **settings: object) -> None:
    """Write a WebP.

    Raises:
        SystemExit: It is larger than `limit` bytes.
    """
    path = PICTURES / f"{name}.webp"
    image.save(path, "WEBP", method=6, **settings)
    size = path.stat().st_size
    print(f"{path.name}: {size:,} bytes")
    if size > limit:
        raise SystemExit(f"{path.name} has {size:,} bytes; at most {limit:,} are allowed.")


def take_moving(notebook: Notebook) -> tuple[list[Image.Image], list[int]]:
    """Run a cell and take pictures while its answer comes, with the height of the last one.

    Returns:
        The pictures, and the time that each one is shown, in milliseconds.
    """
    pngs = []
    durations = []
    cell = notebook.run(MOVING_CELL)
    for _ in range(MOVING_FRAMES):
        began = time.monotonic()
        pngs.append(cell.screenshot())
        if "Done" in "".join(cell.get_by_role("status").all_text_contents()):
            break
        notebook.page.wait_for_timeout(max(0.0, FRAME_MS - 1_000 * (time.monotonic() - began)))
        durations.append(round(1_000 * (time.monotonic() - began)))
    notebook.wait_for_end(cell)
    images = [to_image(png) for png in [*pngs, cell.screenshot()]]
    height = max(image.height for image in images)
    frames = []
    for image in images:
        frame = Image.new("RGB", (WIDTH_PX, height), image.getpixel((WIDTH_PX - 1, image.height - 1)))
        frame.paste(image)
        frames.append(frame)
    return frames, [*durations, FRAME_MS, LAST_FRAME_MS][-len(frames) :]


def main() -> None:
    """Take all pictures."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        lab = Lab(Path(home) / "lab")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        try:
            for theme, name in THEMES.items():
                notebook = Notebook.open(browser, lab, lab.notebook(), device_scale_factor=2, color_scheme=theme)
                notebook.page.evaluate(
                    "(theme) => jupyterapp.commands.execute('apputils:change-theme', { theme })", name
                )
                notebook.wait_for_end(notebook.run(SET_UP))
                for picture, code in CELLS.items():
                    cell = notebook.run(code)
                    notebook.wait_for_end(cell)
                    expect(cell.get_by_role("status")).to_contain_text(re.compile("Done"))
                    save(to_image(cell.screenshot()), f"{picture}-{theme}", PICTURE_BYTES, quality=82)
                (first, *others), durations = take_moving(notebook)
                moving = {
                    "save_all": True,
                    "append_images": others,
                    "duration": durations,
                    "loop": 0,
                    "quality": 60,
                }
                save(first, f"moving-{theme}", MOVING_BYTES, **moving)
                notebook.page.context.close()
        finally:
            browser.close()
            lab.close()


if __name__ == "__main__":
    main()
