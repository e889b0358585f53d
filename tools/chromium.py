"""The system's Chromium, driven by playwright; no browser is ever downloaded."""
import os
import shutil
from contextlib import contextmanager

NAMES = ["chromium", "google-chrome", "chromium-browser", "chrome",
         "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
# A page test needs neither a GPU nor the browser's own calls home; containers allow no sandbox.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def find() -> str | None:
    """The path of $CHROMIUM or of the first known browser, None where there is none."""
    wanted = os.environ.get("CHROMIUM")
    return next((path for name in ([wanted] if wanted else NAMES) if (path := shutil.which(name))), None)


@contextmanager
def launch():
    """A headless browser; SystemExit with one line where there is none."""
    executable = find()
    if executable is None:
        raise SystemExit("No Chromium on this machine (or name one: CHROMIUM=/path/to/chromium).")
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
