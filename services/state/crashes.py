"""Crashes in words: how often, how it ended, and when the supervisor tries again. Pure."""

from services.hero.reports import Report

CRASHES = 5
CRASH_WINDOW_S = 600.0
"""So many crashes in so many seconds are a crash loop; as many seconds of health end it."""
LONGEST_PAUSE_S = 60
"""Supervisors double the pause before each next try, up to about this."""

_LATELY = f"in the last {CRASH_WINDOW_S / 60:.0f} minutes"
_SIGNALS = {1: "SIGHUP", 2: "SIGINT", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}


def ending(report: Report) -> str:
    """Return how the last run ended, in brackets; nothing when that is not known."""
    if report.signal:
        return f" (killed by {_SIGNALS.get(report.signal, f'signal {report.signal}')})"
    return f" (exit code {report.exit_code})" if report.exit_code is not None else ""


def crashed(crashes: int, report: Report) -> str:
    """Return how often a service in a crash loop crashed lately, as the end of a sentence."""
    if crashes == 0:
        return f"it kept crashing and has not run for {CRASH_WINDOW_S / 60:.0f} minutes since"
    before = "" if crashes >= CRASHES else ", and again and again before"
    return f"it crashed {_times(crashes)} {_LATELY}{before}{ending(report)}"


def next_try(report: Report, *, crashes: int, age_s: float) -> str:
    """Return a sentence about the supervisor's next try, as it said `age_s` ago.

    When it did not say, the sentence names the pause that supervisors usually make.
    """
    if report.next_try_s is None:
        usual_s = min(LONGEST_PAUSE_S, 2 ** min(max(crashes - 1, 0), 10))
        return f" hero_proc tries again; a pause of {usual_s} s is usual."
    return f" Next try in {max(0.0, report.next_try_s - age_s):.0f} s."


def former_runs(crashes: int) -> str:
    """Return a sentence about former runs; empty when there were none.

    Whether they ended by themselves or by somebody who asked hero_proc directly cannot be told.
    """
    return f" It was restarted {_times(crashes)} {_LATELY}, not from here." if crashes else ""


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
