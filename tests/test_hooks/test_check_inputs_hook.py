import pytest
from mmengine.runner import Runner


def steps_before_error(cfg, message):
    runner = Runner.from_cfg(cfg)
    with pytest.raises(ValueError, match=message):
        runner.train()
    return runner.iter


@pytest.mark.parametrize(
    'options, message',
    [
        ({'train_dataloader.batch_size': 1}, 'batch of 1'),
        (
            {
                'train_dataloader.batch_size': 21,
                'train_dataloader.drop_last': False,
            },
            'batch of 1 .*drop_last',
        ),
        ({'model.region_branch.stride': 8}, '28x28 images .* cells of 8'),
        ({'model.region_branch.max_cells': 7}, 'leave no canvas'),
        ({'model.region_branch.stride': 2}, 'the backbone returns 7x7 cells'),
        ({'custom_hooks.2.k': (65,)}, '65 neighbours'),
    ],
)
def test_refuses_before_the_first_step(quickstart, options, message):
    quickstart.merge_from_dict(options)
    assert steps_before_error(quickstart, message) == 0


def test_warns_of_a_queue_longer_than_the_data_set(quickstart, tmp_path):
    quickstart.model.queue_len = 65
    Runner.from_cfg(quickstart).train()
    (log,) = (tmp_path / 'work_dir').glob('*/*.log')
    assert 'the queue holds 65 keys but the data set only 64' in (
        log.read_text()
    )


def test_a_leftover_of_two_is_fine(quickstart):
    quickstart.train_dataloader.batch_size = 31
    quickstart.train_dataloader.drop_last = False
    runner = Runner.from_cfg(quickstart)
    runner.train()
    assert runner.iter == 3
