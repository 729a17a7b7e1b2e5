"""Base methods once more, for as many epochs as fit into RegionCL's time."""

from __future__ import annotations

from typing import Iterable

from ...utils.logs import begun
from .figures import epochs_of, fastest
from .finished import is_finished
from .runs import Comparison, Run, find_config, longer_key, schedule


def plan_equal_time(
    compared: Comparison, scalars: dict, cfg_options: Iterable[str]
) -> list[Run]:
    """The longer runs, of every seed with a finished run of both methods.

    How many epochs follows from the seconds that both took here, and is the
    same for all seeds. Where it is as many as RegionCL's, the run that is
    there serves.

    Args:
        compared: Which methods and seeds.
        scalars: The lines of each finished run, by method and seed.
        cfg_options: Settings of all runs, as tools/train.py takes them.
    """
    runs = []
    for base, regioncl in compared.pairs:
        both = [seed for seed in scalars[base] if seed in scalars[regioncl]]
        epochs = epochs_in_time(scalars[base], scalars[regioncl])
        for seed in both:
            if epochs > epochs_of(scalars[base][seed]):
                options = (*cfg_options, *schedule(epochs))
                config = find_config(base)
                key = longer_key(base)
                runs.append(compared.run(key, seed, config, options))
    return runs


def as_before(
    compared: Comparison,
    scalars: dict,
    planned: list[Run],
    cfg_options: Iterable[str],
) -> list[Run]:
    """The longer runs, with as many epochs as those that have finished.

    A run that was repeated may be faster than all were before. Its method's
    time has other epochs then, and of every seed the longer run, which is
    there, would be trained anew.

    Args:
        compared: Which methods and seeds.
        scalars: The lines of each finished run, by method and seed.
        planned: The longer runs by the seconds that all took.
        cfg_options: Settings of all runs, as tools/train.py takes them.
    """
    runs = []
    for pair in compared.pairs:
        key, config = longer_key(pair[0]), find_config(pair[0])
        both = [x for x in scalars[pair[0]] if x in scalars[pair[1]]]
        known = [finished_epochs(compared, pair, x, cfg_options) for x in both]
        found = [epochs for epochs in known if epochs]
        if not found:
            runs += [run for run in planned if run.method == key]
            continue
        most = max(found, key=found.count)
        options = (*cfg_options, *schedule(most))
        runs += [compared.run(key, x, config, options) for x in both]
    return runs


def finished_epochs(
    compared: Comparison,
    pair: tuple[str, str],
    seed: int,
    cfg_options: Iterable[str],
) -> int | None:
    """How many epochs a seed's longer run has, if it has finished.

    None, too, if it began before one of its pair: then another one's time
    was its measure.
    """
    config = find_config(pair[0])
    longer, *two = (
        compared.run(method, seed, config, ())
        for method in (longer_key(pair[0]), *pair)
    )
    try:
        epochs = epochs_of(longer.scalars())
    except ValueError:  # not there, or not evaluated yet
        return None
    latest = max(begun(run.scalars_file) for run in two)
    run = longer._replace(cfg_options=(*cfg_options, *schedule(epochs)))
    whole = begun(longer.scalars_file) >= latest and is_finished(run)
    return epochs if whole else None


def epochs_in_time(base: dict, regioncl: dict) -> int:
    """How many epochs of the base method take the time of RegionCL's.

    By the fastest run of each.

    Args:
        base: The lines that the base method's runs logged, by seed.
        regioncl: Those with RegionCL.

    Returns:
        0 if no run of one of them is there.
    """
    if not base or not regioncl:
        return 0
    epochs = max(map(epochs_of, regioncl.values()))
    return round(epochs * fastest(regioncl.values()) / fastest(base.values()))


def scalars_of(
    pair: tuple[str, str],
    scalars: dict,
    longer: list[Run],
    failed: list[Run],
) -> dict:
    """What a base method logged in RegionCL's time, by seed.

    Args:
        pair: Keys of the base and of its RegionCL version.
        scalars: The lines of each other finished run, by method and seed.
        longer: The runs that were planned, of all methods.
        failed: Those without an end.

    Returns:
        Nothing if no seed has a finished run of both: then nobody knows
        RegionCL's time.
    """
    base, regioncl = pair
    own = [run for run in longer if run.method == longer_key(base)]
    if not own:
        both = scalars[base].keys() & scalars[regioncl].keys()
        return scalars[base] if both else {}
    return {run.seed: run.scalars() for run in own if run not in failed}
