"""What every test shares: hypothesis without a clock, and a closing word on what was left out."""
from collections import defaultdict

import hypothesis

# A shared or slow machine must not turn a property into a timed test.
hypothesis.settings.register_profile("book", deadline=None)
hypothesis.settings.load_profile("book")

LEFT_OUT = "left out: "   # how a skip says that something this machine lacks is the cause


def pytest_terminal_summary(terminalreporter):
    """Name, by cause, the tests that this machine could not run."""
    causes = defaultdict(set)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(LEFT_OUT):
            causes[reason.removeprefix(LEFT_OUT)].add(report.nodeid.split("[")[0])
    for cause, tests in causes.items():
        terminalreporter.section(f"{len(tests)} tests left out: {cause}")
        for test in sorted(tests):
            terminalreporter.line(f"  {test}")
