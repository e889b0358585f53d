"""Where the book is hosted, as far as the build is told.

On GitHub Actions ``GITHUB_REPOSITORY`` says it; elsewhere ``BOOK_REPOSITORY_URL`` and
``BOOK_BASEURL`` may.  Told nothing, the pages carry no repository or Binder button, since
a button that leads nowhere is worse than none.
"""
from __future__ import annotations

import os
from dataclasses import dataclass

BINDER = "https://mybinder.org"


@dataclass(frozen=True)
class Hosting:
    repository: str = ""       # address of the source repository
    site: str = ""             # address the site is published under, ending in "/"
    branch: str = "main"


def from_environment(environ) -> Hosting:
    """Read the three addresses; an explicit one wins over GitHub's."""
    repository, site = environ.get("BOOK_REPOSITORY_URL", ""), environ.get("BOOK_BASEURL", "")
    owner, _, name = environ.get("GITHUB_REPOSITORY", "").partition("/")
    if owner and name:
        server = environ.get("GITHUB_SERVER_URL", "https://github.com")
        repository = repository or f"{server}/{owner}/{name}"
        pages = f"{owner}.github.io".lower()
        site = site or f"https://{pages}/" + ("" if name.lower() == pages else f"{name}/")
    return Hosting(repository.rstrip("/"), site and site.rstrip("/") + "/",
                   environ.get("BOOK_BRANCH", "main"))


def apply(app, config):
    hosting = from_environment(os.environ)
    options = config.html_theme_options
    config.html_baseurl = hosting.site or config.html_baseurl
    options.update(use_repository_button=bool(hosting.repository), use_issues_button=bool(hosting.repository))
    if hosting.repository:
        options.update(repository_url=hosting.repository, repository_branch=hosting.branch, path_to_docs="",
                       launch_buttons={"notebook_interface": "jupyterlab", "binderhub_url": BINDER})
    else:
        options.update(repository_url="", launch_buttons={})


def setup(app):
    app.connect("config-inited", apply, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
