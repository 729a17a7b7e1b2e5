"""Base methods once more, for as many epochs as fit into RegionCL's time."""

from __future__ import annotations

from typing import Iterable

from .figures import epochs_of, fastest
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
