"""The training that is watched: small, and as long as one likes."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import numpy as np

from ...cli.programs import last_words, python, start
from ...utils.logs import find_logs
from ...utils.places import project_root

CONFIG = project_root() / (
    'configs/quickstart/regioncl-m_resnet18-tiny_1xb64-coslr-6e_'
    'fashion-mnist.py'
)
IMAGES = 512
OPTIONS = (
    'train_cfg.max_epochs=1000000',
    'train_dataloader.batch_size=16',
    # Nothing is learnt from noise: weights stay where they are.
    'optim_wrapper.optimizer.lr=1e-4',
    'default_hooks.logger.interval=8',
    'default_hooks.checkpoint.interval=50',
)
PATIENCE = 60  # seconds to save and leave


class Training:
    """``train.py`` in several processes.

    Args:
        config: The config's file, by default the quickstart's RegionCL-M.
        work_dir: Where it trains, and ``output.txt`` is what it says.
        processes: How many train, besides the workers that load for them.
        workers: How many load for each.
        options: Settings beyond those that keep it small.
    """

    def __init__(
        self,
        config: Path | None,
        work_dir: Path,
        processes: int,
        workers: int,
        options: list[str],
    ):
        self.output = work_dir / 'output.txt'
        self.run = work_dir / 'run'
        images = work_dir / 'images'
        _write_noise(images)
        arguments = ('--launcher', 'pytorch', '--work-dir', self.run)
        loading = f'train_dataloader.num_workers={workers}'
        command = [
            *(sys.executable, '-m', 'torch.distributed.run', '--standalone'),
            *('--nproc_per_node', str(processes)),
            *python('train.py', config or CONFIG, *arguments)[1:],
            *('--cfg-options', *OPTIONS, loading, *options),
        ]
        environment = {
            **os.environ,
            'OMP_NUM_THREADS': '1',
            'DATA_ROOT': str(images),
        }
        self.process: Popen = start(command, self.output, environment)

    @property
    def steps(self) -> int:
        """How many steps the log has."""
        logs = find_logs(self.run)
        for line in reversed(_end_of(logs[-1]) if logs else []):
            entry = json.loads(line)
            if 'iter' in entry:
                return entry['iter']
        return 0

    def check(self) -> None:
        """See that it still trains.

        Raises:
            RuntimeError: If it has ended, with what it said last.
        """
        if self.process.poll() is not None:
            raise RuntimeError(
                'the training ended before its time:\n'
                f'{last_words(self.output)}'
            )

    def end(self) -> None:
        """Have it stop; processes that do not are killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _end_of(log: Path, size: int = 4096) -> list[str]:
    """The whole lines among the last bytes of a file."""
    with log.open('rb') as file:
        file.seek(max(0, log.stat().st_size - size))
        lines = file.read().decode().split('\n')
    return lines[:-1] if log.stat().st_size <= size else lines[1:-1]


def _write_noise(folder: Path) -> None:
    """A folder like Fashion-MNIST's."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for split, count in (('train', IMAGES), ('t10k', IMAGES // 4)):
        images = rng.integers(0, 256, (count, 28, 28))
        for name, array in (
            ('images-idx3', images),
            ('labels-idx1', np.arange(count) % 10),
        ):
            header = np.array([0x800 + array.ndim, *array.shape], '>i4')
            content = header.tobytes() + array.astype('u1').tobytes()
            (folder / f'{split}-{name}-ubyte').write_bytes(content)
