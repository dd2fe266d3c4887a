"""The result in sentences: a difference is named only where the interval and the number of runs support it."""

from collections.abc import Sequence
from typing import Any

from quorate.studies.report.page.index import Report
from quorate.studies.report.page.numbers import value
from quorate.studies.report.page.pairs import Pair, leader, pairs_of

_NAMED = 4
"""Pairs that are spelled out; more are summed up."""


def result(report: Report) -> list[str]:
    """What the comparison shows, in one to three sentences."""
    finished = sum(run["status"] == "finished" for run in report["runs"])
    if not finished:
        return ["No run has finished yet, so there is nothing to compare."]
    if len(report["variants"]) < 2:
        return ["There is one variant only, so there is nothing to compare it with."]
    best = leader(report)
    pairs = pairs_of(report, best) if best is not None else []
    if best is None or not pairs:
        return ["No difference between the variants is shown: there are too few finished runs to compare them."]
    sentences = [_sentence(best, pairs, "better"), _sentence(best, pairs, "worse"), _unclear(best, pairs)]
    return [sentence for sentence in sentences if sentence]


def _sentence(best: str, pairs: Sequence[Pair], verdict: str) -> str:
    found = [pair for pair in pairs if pair.verdict == verdict]
    if not found:
        return ""
    if len(found) > _NAMED:
        whom = f"all {len(found)} other variants" if len(found) == len(pairs) else _names(found)
        ends = f"the {'lowest' if verdict == 'better' else 'highest'} probability that {best} is better"
        edge = min(found, key=lambda p: p.point) if verdict == "better" else max(found, key=lambda p: p.point)
        return f"{best} is {verdict} than {whom} ({ends} is {edge}, against {edge.other})."
    if verdict == "better":
        said = [f"than {pair.other} with probability {pair}" for pair in found]
    else:
        said = [f"than {pair.other} (probability that {best} is better: {pair})" for pair in found]
    return f"{best} is {verdict} {_join(said)}."


def _unclear(best: str, pairs: Sequence[Pair]) -> str:
    found = [pair for pair in pairs if pair.verdict == "unclear"]
    if not found:
        return ""
    few = [pair for pair in found if not pair.enough]
    why = ", and so few runs could not show one" if few and len(few) == len(found) else ""
    if len(found) > _NAMED:
        return f"No difference is shown between {best} and {_names(found)}{why}."
    said = [f"{pair.other} (probability that {best} is better: {pair})" for pair in found]
    return f"No difference is shown between {best} and {_join(said)}{why}."


def _names(pairs: Sequence[Pair]) -> str:
    return _join([pair.other for pair in pairs])


def _join(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def compared(report: Report) -> str:
    """What was compared, in one sentence."""
    variants, environments, seeds = (len(report[name]) for name in ("variants", "environments", "seeds"))
    budget = max((at for run in report["runs"] for at in run["x"] or [] if at is not None), default=None)
    parts = [
        f"{variants} variant{'s' * (variants != 1)}, {environments} environment{'s' * (environments != 1)} and "
        f"{seeds} seed{'s' * (seeds != 1)} each",
        f"by {metric(report)} ({'higher' if report['metric']['goal'] == 'maximise' else 'lower'} is better)",
    ]
    if budget is not None:
        parts.append(f"over up to {int(budget):,} {report['x']['name']}".replace(",", "\N{NARROW NO-BREAK SPACE}"))
    return ", ".join(parts) + "."


def metric(report: Report) -> str:
    """The metric's name; where each variant has its own, what they have in common: ``test/…/psnr``."""
    distinct = _metrics(report)
    if len(distinct) == 1:
        return distinct[0]
    split = [name.split("/") for name in distinct]
    if len({len(parts) for parts in split}) > 1:
        return "each variant's metric"
    columns = [set(parts) for parts in zip(*split, strict=True)]
    if all(len(column) > 1 for column in columns):
        return "each variant's metric"
    return "/".join(next(iter(column)) if len(column) == 1 else "…" for column in columns)


def every_metric(report: Report) -> str:
    """The metric's name, or those of the variants."""
    name: Any = report["metric"]["name"]
    if len(_metrics(report)) == 1:
        return metric(report)
    return _join([f"{value} ({key})" for key, value in name.items()])


def _metrics(report: Report) -> list[str]:
    name: Any = report["metric"]["name"]
    return [name] if isinstance(name, str) else list(dict.fromkeys(name.values()))


def percent(report: Report) -> str:
    """The intervals' confidence."""
    return f"{value(100 * report['bootstrap']['confidence'], 0)} %"


def stands(report: Report) -> str:
    """What stands for a run in every score."""
    absolute = report["metric"].get("score") == "absolute"
    return "the absolute metric, of the best policy seen" if absolute else "the final evaluation"


def why(report: Report) -> str:
    """Why a section is empty: the most basic thing that is missing."""
    finished = [run for run in report["runs"] if run["final"] is not None]
    if not finished:
        return "no run has finished"
    if {run["variant"] for run in finished} != {*report["variants"]}:
        return "a variant has no finished run"
    cells = {(run["variant"], run["environment"]) for run in finished}
    if len(cells) < len(report["variants"]) * len(report["environments"]):
        return "a variant has no finished run in one of the environments"
    if len(report["variants"]) < 2:
        return "there is one variant only"
    if not report["normalisation"]:
        return "no environment has scores that differ, so there is no common scale"
    return "the runs do not have it in common, see the problems and notes"
