"""Say where the built site is and how big: the last lines of `make book`."""
import sys
from pathlib import Path


def report(site: Path) -> str:
    files = [f for f in site.rglob("*") if f.is_file()]
    pages = [f for f in files if f.suffix == ".html"]
    size = sum(f.stat().st_size for f in files) / 1e6
    index = (site / "index.html").resolve()
    return (f"The site: {index}\n"
            f"          {index.as_uri()}\n"
            f"          {size:.1f} MB, {len(files)} files, {len(pages)} pages")


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))
