"""Pretrain on Fashion-MNIST with and without RegionCL, and compare.

  (no option)  MoCo v2 and RegionCL-M with one seed, one after the other:
               about 8 minutes on two CPU cores
  --seeds N    this pair with N seeds, several runs side by side:
               about 5 minutes a seed on two CPU cores
  --all        MoCo v2, DenseCL, SimSiam, MoCo v3 and MoBY, each with and
               without RegionCL, with one seed or with --seeds N:
               about half an hour a seed on two CPU cores

The two of a pair have the same seeds, data and epochs. The figure of merit
is the accuracy of a k-nearest-neighbour classifier on frozen features of
held-out images. At the end RegionCL-M's backbone and a random one learn to
segment scenes of garments.
"""

import json
import os
import signal
import sys
import time

from get_fashion_mnist import get as get_fashion_mnist  # noqa: E402

from regioncl_mm.cli.quickstart import launch  # noqa: E402
from regioncl_mm.cli.quickstart.arguments import parse_args  # noqa: E402
from regioncl_mm.cli.quickstart.report import conclude, report  # noqa: E402
from regioncl_mm.cli.quickstart.runs import ROOT, find_config, plan  # noqa: E402
from regioncl_mm.cli.quickstart.tables import notes  # noqa: E402
from regioncl_mm.cli.quickstart.transfer import transfer  # noqa: E402


def write_summary(summary: dict, args) -> None:
    text = json.dumps(summary, indent=2) + '\n'
    (args.work_dir / 'summary.json').write_text(text)


def main() -> None:
    args = parse_args(__doc__)
    seeds = range(args.seed, args.seed + args.seeds)
    out = args.work_dir.resolve()
    runs = plan(args.pairs, seeds, out, args.cfg_options, args.several)
    data = get_fashion_mnist(
        ROOT / 'data' / 'fashion-mnist', os.environ.get('DATA_ROOT')
    )
    os.environ['DATA_ROOT'] = str(data.resolve())
    config = os.path.relpath(find_config('regioncl_m'), ROOT)
    picture = ('--out', out / 'regions.png')
    launch.run_tool('tools/browse_regions.py', config, *picture, show='drew')

    start, jobs, failed = time.time(), 1, []
    try:
        if args.several:
            jobs = min(args.jobs or len(os.sched_getaffinity(0)), len(runs))
            print(
                f'\n{len(runs)} runs, {jobs} at a time with one thread each '
                '(OMP_NUM_THREADS=1):'
            )
            kept, failed = launch.run_side_by_side(runs, args.resume, jobs)
        else:
            kept = launch.run_in_turn(runs, args.resume)
    except KeyboardInterrupt:
        sys.exit(
            '\nStopped, and the trainings with it. The same command with '
            '--resume keeps the runs that have finished.'
        )
    minutes = (time.time() - start) / 60

    scalars = {run.method: {} for run in runs}
    for run in runs:
        if run not in failed:
            scalars[run.method][run.seed] = run.scalars()
    summary = report(scalars, args, notes(seeds, jobs, kept, failed))
    if args.several:
        summary.update(
            seeds=list(seeds),
            jobs=jobs,
            failed=[dict(method=x.method, seed=x.seed) for x in failed],
        )
    write_summary(summary, args)
    pretrained = next(x for x in runs if x.method == 'regioncl_m')
    if pretrained not in failed and not args.no_transfer:
        summary['transfer'] = transfer(pretrained, out)
        write_summary(summary, args)
    print(
        f'\nTraining took {minutes:.1f} minutes.'
        if len(kept) < len(runs)
        else '\nNothing was left to train.'
    )
    conclude(summary, args)
    if failed:
        sys.exit(
            f'\n{len(failed)} of {len(runs)} runs failed, as said above. The '
            'same command with --resume repeats only these.'
        )


if __name__ == '__main__':
    # A stopped quickstart leaves no training behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
