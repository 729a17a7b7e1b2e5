"""One move of a ResNet-50's momentum encoder: three ways, in turns.

The authors' code replaces each parameter by a new tensor, mmengine's moves one
after the other in place, the library's moves all by one call.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / 'tests'), str(Path(__file__).parent)]

import torch  # noqa: E402
from mmengine.logging import MMLogger  # noqa: E402
from mmengine.model import ExponentialMovingAverage  # noqa: E402
from reference.plain_steps import AuthorsStep  # noqa: E402
from torch import nn  # noqa: E402

from regioncl_mm.benchmarks.step import models  # noqa: E402
from regioncl_mm.benchmarks.step.measure import in_turns, spread  # noqa: E402


def main() -> None:
    cuda = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=20)
    parser.add_argument('--device', default='cuda' if cuda else 'cpu')
    args = parser.parse_args()
    MMLogger.get_instance('mmengine', log_level='WARNING')
    model = models.ours(models.config('m', 50, 256, 224), 0).to(args.device)
    authors = AuthorsStep(model, model.region_branch.draw)
    online = nn.Sequential(model.backbone, model.neck)
    mmengines = ExponentialMovingAverage(online, 0.001).to(args.device)
    ways = {
        "authors'": authors.update_momentum_encoder,
        "mmengine's": lambda: mmengines.update_parameters(online),
        'one call': model.update_momentum_encoder,
    }
    with torch.no_grad():
        seconds = in_turns(ways, args.device, 3, args.repeats)
    for name, found in seconds.items():
        found = spread(found)
        print(
            f'{name:12s} {1000 * found["median"]:6.2f} ms '
            f'({1000 * found["low"]:.2f}-{1000 * found["high"]:.2f})'
        )


if __name__ == '__main__':
    main()
