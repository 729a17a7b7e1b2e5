"""Nothing is lost whenever a run is killed, and the best one is the best."""

import shutil

import pytest
import torch
from full_disk import at_most
from tiny_run import Killed, Score, killed_at, tiny_run

from regioncl_mm.checkpoints.newest import MARK, find_newest
from regioncl_mm.checkpoints.training_checkpoints import load_best_checkpoint
from regioncl_mm.checkpoints.whole import check_records
from regioncl_mm.utils.disk_full import DiskFullError

KEEP_ONE = dict(max_keep_ckpts=1, save_best='a/acc')
SCORES = {2: 1, 4: 3, 6: 2, 8: 4}  # by steps


def go_on(work_dir, **options):
    newest = find_newest(work_dir).path
    found = dict(resume=True, load_from=str(newest)) if newest else {}
    return tiny_run(work_dir, changes=found, **options)


def files(work_dir):
    kinds = ('.pth', '.part')
    return sorted(x.name for x in work_dir.iterdir() if x.suffix in kinds)


def weight(path):
    return torch.load(path, weights_only=False)['state_dict']['weight'].item()


def test_each_file_is_marked_before_another_is_deleted(tmp_path):
    with killed_at(None) as done:
        tiny_run(tmp_path, 3, SCORES, **KEEP_ONE).train()
    best = 'best_a_acc_epoch_{}.pth'.format
    # After the best one the latest is saved anew, with the best one's name.
    assert done == [
        *('epoch_1.pth', MARK, best(1), 'epoch_1.pth', MARK),
        *('epoch_2.pth', MARK, 'epoch_1.pth'),
        *(best(2), 'epoch_2.pth', MARK, best(1)),
        *('epoch_3.pth', MARK, 'epoch_2.pth'),
    ]
    assert files(tmp_path) == [best(2), 'epoch_3.pth']


def test_killed_before_any_rename_or_deletion(tmp_path):
    """It goes on from the last whole one, and ends as if it had not been."""
    with killed_at(None) as done:
        tiny_run(tmp_path / 'whole', 2, SCORES, **KEEP_ONE).train()
    expected = files(tmp_path / 'whole')
    assert len(done) == 12
    for count in range(len(done)):
        work_dir = tmp_path / str(count)
        with pytest.raises(Killed), killed_at(count) as begun:
            tiny_run(work_dir, 2, SCORES, **KEEP_ONE).train()
        saved = [x for x in begun if x.startswith('epoch')]
        newest = find_newest(work_dir).path if saved else None
        if saved:
            check_records(newest)
            assert newest.name == ('epoch_2.pth' if count > 5 else saved[-1])
        run = go_on(work_dir, epochs=2, scores=SCORES, **KEEP_ONE)
        run.train()
        assert files(work_dir) == expected, count
        assert run.message_hub.get_info('best_score') == 3
        assert weight(work_dir / 'best_a_acc_epoch_2.pth') == 4
        # Not what was validated before.
        seen = run.val_evaluator.metrics[0].seen
        assert seen == ([2, 4] if count < 4 else [4] if count < 10 else [])


@pytest.mark.parametrize('count, validated', [(2, [2, 4]), (4, [4])])
def test_by_iterations(count, validated, tmp_path):
    """What a killed run saved and did not validate is validated."""
    options = dict(
        scores=SCORES,
        changes=dict(
            train_cfg=dict(by_epoch=False, max_iters=4, val_interval=2)
        ),
        by_epoch=False,
        interval=2,
        save_best='a/acc',
    )
    with pytest.raises(Killed), killed_at(count):
        tiny_run(tmp_path, **options).train()
    newest = find_newest(tmp_path).path
    assert newest == tmp_path / 'iter_2.pth'
    options['changes'].update(resume=True, load_from=str(newest))
    run = tiny_run(tmp_path, **options)
    run.train()
    assert run.val_evaluator.metrics[0].seen == validated
    assert weight(tmp_path / 'best_a_acc_iter_4.pth') == 4


def test_what_is_not_due_is_not_validated(tmp_path):
    options = dict(scores=SCORES, save_best='a/acc')
    by_two = dict(by_epoch=True, max_epochs=3, val_interval=2)
    tiny_run(tmp_path, 1, scores=SCORES).train()
    (tmp_path / MARK).unlink()
    change = dict(
        train_cfg=by_two, resume=True, load_from=str(tmp_path / 'epoch_1.pth')
    )
    run = tiny_run(tmp_path, changes=change, **options)
    run.train()
    assert run.val_evaluator.metrics[0].seen == [4, 6]


def test_a_copy_of_a_folder_leaves_the_first_alone(tmp_path):
    """Its best checkpoint is not deleted for a better one in the copy."""
    first, copy = tmp_path / 'first', tmp_path / 'copy'
    tiny_run(first, 2, SCORES, **KEEP_ONE).train()
    before = files(first)
    shutil.copytree(first, copy)
    go_on(copy, epochs=4, scores=SCORES, **KEEP_ONE).train()
    assert files(first) == before
    assert files(copy) == ['best_a_acc_epoch_4.pth', 'epoch_4.pth']
    assert (copy / MARK).read_text() == str(copy / 'epoch_4.pth')


def test_several_metrics_keep_a_best_one_each(tmp_path):
    class Two(Score):
        def compute_metrics(self, results):
            score = super().compute_metrics(results)['acc']
            return dict(acc=score, loss=score)

    keep = dict(
        max_keep_ckpts=1,
        save_best=['a/acc', 'a/loss'],
        rule=['greater', 'less'],
    )
    change = dict(val_evaluator=[Two(SCORES)])
    for epochs in (2, 3):
        newest = find_newest(tmp_path).path
        if newest:
            change.update(resume=True, load_from=str(newest))
        tiny_run(tmp_path, epochs, SCORES, changes=change, **keep).train()
    assert files(tmp_path) == [
        'best_a_acc_epoch_2.pth',
        'best_a_loss_epoch_1.pth',
        'epoch_3.pth',
    ]


def test_the_best_one_that_is_loaded_is_the_runs(tmp_path):
    """Not what a run that was given up has left there later."""
    run = tiny_run(tmp_path, 3, SCORES, **KEEP_ONE)
    run.train()
    shutil.copy(tmp_path / 'epoch_3.pth', tmp_path / 'best_a_acc_later.pth')
    assert load_best_checkpoint(run) == 2
    assert run.model.weight.item() == 4


def test_what_was_cut_short_is_cleared_up(tmp_path):
    tmp_path.joinpath('.epoch_1.pth.0a.part').write_bytes(b'PK')
    tmp_path.joinpath('.other.part').touch()
    tiny_run(tmp_path, 1).train()
    assert files(tmp_path) == ['.other.part', 'epoch_1.pth']


def test_a_full_disk_leaves_the_checkpoints_before(tmp_path):
    options = dict(scores=SCORES, **KEEP_ONE)
    tiny_run(tmp_path, 1, **options).train()
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    with at_most(3000), pytest.raises(DiskFullError, match='epoch_2.pth was'):
        go_on(tmp_path, epochs=3, **options).train()
    for name in files(tmp_path):
        assert (tmp_path / name).read_bytes() == before.pop(name)
    assert not before
    go_on(tmp_path, epochs=3, **options).train()
    assert files(tmp_path) == ['best_a_acc_epoch_2.pth', 'epoch_3.pth']


def test_everything_is_kept_by_default(tmp_path):
    tiny_run(tmp_path, 3).train()
    assert files(tmp_path) == [f'epoch_{i}.pth' for i in (1, 2, 3)]


def test_runner_save_checkpoint_writes_whole_files(tmp_path):
    run = tiny_run(tmp_path, 1)
    run.train()
    with pytest.raises(Killed), killed_at(0):
        run.save_checkpoint(str(tmp_path), 'epoch_1.pth')
    check_records(tmp_path / 'epoch_1.pth')
    run.save_checkpoint(str(tmp_path / 'new'), 'a.pth', by_epoch=False)
    assert weight(tmp_path / 'new' / 'a.pth') == 2
