"""Every page as a picture, in both languages, wide and narrow, light and dark.

    python tools/screenshots.py [WORD ...]     # only pages whose path contains one of the words

Full-page PNGs go to _build/screenshots/<width>-<scheme>/<lang>-<page>.png; a page taller
than Chromium paints in one piece comes in parts: <page>.1.png, <page>.2.png, ..."""
import sys
from itertools import product
from pathlib import Path

import chromium

ROOT = Path(__file__).parents[1]
SITE, SHOTS = ROOT / "_build" / "html", ROOT / "_build" / "screenshots"
WIDTHS, SCHEMES = (1440, 390), ("light", "dark")
TALLEST = 15_000   # pixels: from about 16,000 on Chromium repeats or drops what it paints


def shoot(browser, page_file: Path, width: int, scheme: str) -> list[Path]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
                                  reduced_motion="reduce")
    page = context.new_page()
    page.goto(page_file.as_uri(), wait_until="load")
    page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(i => i.loading = 'eager')")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(300)
    height = page.evaluate("document.documentElement.scrollHeight")
    name = "-".join(page_file.relative_to(SITE / "book").with_suffix("").parts)
    folder = SHOTS / f"{width}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for n, top in enumerate(range(0, height, TALLEST), start=1):
        parts.append(folder / (f"{name}.png" if height <= TALLEST else f"{name}.{n}.png"))
        page.screenshot(path=parts[-1], full_page=True, clip={
            "x": 0, "y": top, "width": width, "height": min(TALLEST, height - top)})
    context.close()
    return parts


def main(words: list[str]) -> None:
    pages = [p for p in sorted((SITE / "book").rglob("*.html")) if not words or any(w in str(p) for w in words)]
    with chromium.launch() as browser:
        for page, width, scheme in product(pages, WIDTHS, SCHEMES):
            for part in shoot(browser, page, width, scheme):
                print(part.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
