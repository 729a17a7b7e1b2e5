import json
import sys

from conftest import make_fashion_mnist
from test_tools.test_train import REPO, run

sys.path.insert(0, str(REPO / 'tools'))
import quickstart  # noqa: E402


def test_compares_both_methods_and_says_what_it_wrote(tmp_path):
    data, out = tmp_path / 'data', tmp_path / 'out'
    data.mkdir()
    make_fashion_mnist(data, 128, 32)
    said = run(
        *(sys.executable, REPO / 'tools' / 'quickstart.py'),
        *('--work-dir', out, '--seed', 3),
        *('--cfg-options', 'train_cfg.max_epochs=1'),
        *('train_dataloader.batch_size=32', 'default_hooks.logger.interval=1'),
        cwd=tmp_path,
        DATA_ROOT=str(data),
    )
    summary = json.loads((out / 'summary.json').read_text())
    assert summary.keys() == {'knn20', 'knn100', 'seconds_per_epoch'}
    for figure in ('knn20', 'knn100'):
        assert summary[figure].keys() == {'random', 'moco_v2', 'regioncl_m'}
        for value in summary[figure].values():
            assert f'{value:.2f}' in said
    assert min(summary['seconds_per_epoch'].values()) > 0
    for name in ('regions.png', 'knn_by_epoch.png'):
        assert (out / name).read_bytes().startswith(b'\x89PNG')
    for method in ('moco_v2', 'regioncl_m'):
        assert list((out / method).glob('epoch_1.pth'))
        (log,) = (out / method).glob('*/*.log')
        assert 'numpy_random_seed: 3' in log.read_text()


def scalars(knn, seconds):
    """What a run of two epochs of ten steps logs."""
    lines = [dict(knn20=knn[0], knn100=knn[0] + 1, step=0)]
    for epoch in (1, 2):
        lines += [
            dict(time=t, epoch=epoch, iter=10 * epoch + step - 10)
            for step, t in ((5, seconds - 1), (10, seconds + 1))
        ]
        lines.append(dict(knn20=knn[epoch], knn100=knn[epoch], step=epoch))
    return lines


def test_summary_of_hand_made_logs(capsys, tmp_path):
    runs = dict(
        moco_v2=scalars((60, 70, 71), 2), regioncl_m=scalars((60, 70, 74), 3)
    )
    summary = quickstart.summarise(runs)
    assert summary == dict(
        knn20=dict(random=60, moco_v2=71, regioncl_m=74),
        knn100=dict(random=61, moco_v2=71, regioncl_m=74),
        seconds_per_epoch=dict(moco_v2=20, regioncl_m=30),
    )
    quickstart.print_table(summary)
    rows = capsys.readouterr().out.split('\n')
    assert rows[-2].split() == ['RegionCL-M', '74.00', '74.00', '30.0']
    quickstart.plot(runs, tmp_path / 'knn.png')
    assert (tmp_path / 'knn.png').read_bytes().startswith(b'\x89PNG')
