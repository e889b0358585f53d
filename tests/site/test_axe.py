"""Accessibility: axe-core (from npm) finds nothing serious on any page, light or dark.

In the light all rules are asked; what depends on the scheme are the two rules that look at colours.
"""
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}

RUN = """async which => (await axe.run(document, {resultTypes: ["violations"], ...which})).violations
  .filter(v => ["serious", "critical"].includes(v.impact))
  .map(v => `${v.id} (${v.impact}, ${v.nodes.length}): ${v.help}: `
            + v.nodes.slice(0, 4).map(n => n.target.join(" ") + " " + n.html.slice(0, 120)).join(" | "))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(shown, path, scheme):
    if not AXE.exists():
        pytest.skip("left out: axe-core is not installed (npm ci)")
    shown.page.emulate_media(color_scheme=scheme)
    shown.page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    shown.page.add_script_tag(path=AXE)
    assert shown.page.evaluate(RUN, COLOURS if scheme == "dark" else {}) == []
