"""What mmengine saves comes back whole, and nothing else is made of a file."""

import copy
import os
import pickle
from collections import Counter, OrderedDict

import mmengine.optim.scheduler as schedulers
import numpy as np
import pytest
import torch
from algorithms import ALGORITHMS, build, views
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from regioncl_mm.checkpoints.training import TRUST, load_from_local


def saved(content, path, **options):
    torch.save(content, path, **options)
    return str(path)


def load(path):
    return CheckpointLoader.load_checkpoint(str(path), 'cpu', 'silent')


def trusted(path):
    return torch.load(path, map_location='cpu', weights_only=False)


def assert_same(found, expected, where='checkpoint'):
    """The same types and values all the way down."""
    assert type(found) is type(expected), where
    if isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype, where
        assert torch.equal(found, expected), where
    elif isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key in expected:
            assert_same(found[key], expected[key], f'{where}.{key}')
        if hasattr(expected, '__dict__'):
            assert_same(vars(found), vars(expected), where)
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), where
        for i, (one, other) in enumerate(zip(found, expected)):
            assert_same(one, other, f'{where}[{i}]')
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, where
        np.testing.assert_array_equal(found, expected, where)
        assert found.flags.writeable, where
    elif isinstance(expected, HistoryBuffer):
        assert found.max_length == expected.max_length
        assert found._statistics_methods is HistoryBuffer._statistics_methods
        assert_same(found.data, expected.data, where)
    else:
        assert found == expected or found != found, where


SCHEDULERS = [
    dict(type='CosineAnnealingLR', T_max=3, by_epoch=True, end=3),
    dict(type='MultiStepLR', milestones=[1, 2], by_epoch=True),
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, end=3),
    dict(type='MultiStepMomentum', milestones=[2], by_epoch=False),
]


def runner_of(name, work_dir, epochs, **changes):
    from mmengine.model import BaseModel

    class Model(BaseModel):
        def __init__(self):
            super().__init__()
            self.model = build(name)

        def forward(self, inputs, data_samples=None, mode='loss'):
            return self.model.loss(copy.deepcopy(inputs), [])

    def collate(batch):
        return dict(inputs=views(seed=int(batch[0])))

    torch.manual_seed(0)
    return Runner(
        Model(),
        str(work_dir),
        train_dataloader=torch.utils.data.DataLoader(
            torch.arange(2), collate_fn=collate
        ),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='AdamW', lr=1e-3)),
        param_scheduler=copy.deepcopy(SCHEDULERS[:3]),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(type='CheckpointHook', interval=1),
        ),
        default_scope='mmpretrain',
        experiment_name=f'{name}-{epochs}-{work_dir.name}',
        log_level='ERROR',
        **changes,
    )


@pytest.mark.parametrize('name', ALGORITHMS)
def test_a_resumed_run_has_all_that_was_saved(name, tmp_path):
    runner_of(name, tmp_path, 1).train()
    path = tmp_path / 'epoch_1.pth'
    expected = trusted(path)
    assert {'state_dict', 'optimizer', 'param_schedulers', 'message_hub'} <= (
        set(expected)
    )
    assert any(
        isinstance(x, HistoryBuffer)
        for x in expected['message_hub']['log_scalars'].values()
    )
    assert_same(load(path), expected)

    resumed = runner_of(name, tmp_path, 2, resume=True, load_from=str(path))
    resumed.load_or_resume()
    assert (resumed.epoch, resumed.iter) == (1, 2)
    assert_same(dict(resumed.model.state_dict()), dict(expected['state_dict']))
    assert_same(
        resumed.optim_wrapper.state_dict()['state'],
        expected['optimizer']['state'],
    )
    assert_same(
        [scheduler.state_dict() for scheduler in resumed.param_schedulers],
        expected['param_schedulers'],
    )
    scalars = expected['message_hub']['log_scalars']
    for key, buffer in scalars.items():
        assert_same(resumed.message_hub.log_scalars[key], buffer, key)
    resumed.train()
    assert resumed.iter == 4
    # What was resumed and saved again reads as well.
    again = load(tmp_path / 'epoch_2.pth')
    assert_same(again, trusted(tmp_path / 'epoch_2.pth'))
    losses = again['message_hub']['log_scalars']['train/loss']
    assert losses.mean() == pytest.approx(losses.data[0].mean())


def test_schedulers_of_mmengine_are_read(tmp_path):
    parameter = nn.Parameter(torch.zeros(1))
    states = []
    for name, options in (
        ('ConstantLR', {}),
        ('CosineAnnealingLR', dict(T_max=3, eta_min_ratio=0.1)),
        ('CosineRestartLR', dict(periods=[1], eta_min=0)),
        ('ExponentialLR', dict(gamma=0.5)),
        ('LinearLR', {}),
        ('MultiStepLR', dict(milestones=[1, 2, 2])),
        ('OneCycleLR', dict(eta_max=0.1, total_steps=9)),
        (
            'OneCycleLR',
            dict(eta_max=1, total_steps=9, anneal_strategy='linear'),
        ),
        ('PolyLR', {}),
        ('ReduceOnPlateauLR', dict(monitor='loss')),
        ('StepLR', dict(step_size=2)),
    ):
        optimizer = torch.optim.SGD([parameter], 0.1, momentum=0.9)
        scheduler = getattr(schedulers, name)(optimizer, **options)
        scheduler.step(*([dict(loss=1.0)] if 'Plateau' in name else []))
        states.append(scheduler.state_dict())
    path = saved(states, tmp_path / 'a.pth')
    assert_same(load(path), trusted(path))


@pytest.mark.parametrize(
    'options', [{}, dict(_use_new_zipfile_serialization=False)]
)
def test_what_else_a_checkpoint_may_hold(options, tmp_path):
    shared = [1]
    content = dict(
        none=None,
        numbers=(1, -2.5, True, 1 << 80, 1j, float('inf')),
        text='ß',
        raw=[b'', b'\x00\xff', bytes(range(256))],
        sets=({1, 2}, frozenset('ab'), set()),
        counter=Counter([1, 1, 2]),
        ordered=OrderedDict(b=1, a=2),
        scalars=[
            np.float64(0.1),
            np.float32(0.1),
            np.int64(-3),
            np.bool_(True),
            np.str_('ab'),
        ],
        arrays=[
            np.arange(6).reshape(2, 3),
            np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            np.array([], np.float32),
            np.array(3),
            np.arange(3).astype('>i4'),
            np.array(['a', 'bcd']),
            np.array([True, False]),
        ],
        numpy_dtype=np.dtype('float32'),
        torch=(torch.float16, torch.Size([1, 2]), torch.device('cuda', 1)),
        tensors=[
            torch.arange(6).view(2, 3).t(),
            torch.zeros(()),
            torch.zeros(2, dtype=torch.bfloat16),
            nn.Parameter(torch.ones(2)),
        ],
        module=nn.BatchNorm1d(2).state_dict(),
        twice=[shared, shared],
    )
    content['arrays'].append(content['arrays'][0])
    path = saved(content, tmp_path / 'a.pth', **options)
    found = load(path)
    assert_same(found, trusted(path))
    assert found['twice'][0] is found['twice'][1]
    assert found['arrays'][-1] is found['arrays'][0]
    assert found['module']._metadata == content['module']._metadata


def test_names_of_numpy_1_and_2_are_both_read(tmp_path):
    """A run may go on with the other numpy."""
    logs = np.arange(3.0)
    content = pickle.dumps([logs, logs[1]], protocol=2)
    names = (b'numpy.core.multiarray', b'numpy._core.multiarray')
    assert any(name in content for name in names)
    for name in names:
        renamed = content
        for other in names:
            renamed = renamed.replace(b'c' + other, b'c' + name)
        path = tmp_path / 'a.pth'
        with path.open('wb') as file:
            write_legacy(file, renamed)
        found = load(path)
        np.testing.assert_array_equal(found[0], logs)
        assert found[1] == 1.0


def write_legacy(file, pickled):
    """torch's format before 1.6, around something that is pickled."""
    import io

    buffer = io.BytesIO()
    torch.save(
        0, buffer, pickle_protocol=2, _use_new_zipfile_serialization=False
    )
    whole = pickle.dumps(0, protocol=2)
    before, _, after = buffer.getvalue().rpartition(whole)
    file.write(before + pickled + after)


class Planted:
    """Would leave a file if a checkpoint that holds it were unpickled."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


def places():
    """Where something can lie in a training checkpoint."""
    yield 'message_hub', lambda x: dict(log_scalars={'loss': x})
    yield 'optimizer', lambda x: dict(state={0: dict(exp_avg=x)})
    yield 'optimizer', lambda x: {x: 1} if hash(x) else None
    yield 'param_schedulers', lambda x: [dict(last_step=(1, x))]
    yield 'state_dict', lambda x: {'backbone.weight': x}
    yield 'meta', lambda x: (1, {2: [x]})


@pytest.mark.parametrize('place', list(places()), ids=lambda p: p[0])
@pytest.mark.parametrize('name', ['os.system', 'builtins.eval', 'trace.run'])
@pytest.mark.parametrize(
    'options', [{}, dict(_use_new_zipfile_serialization=False)]
)
def test_planted_code_is_refused_by_name(
    place, name, options, tmp_path, monkeypatch
):
    proof = tmp_path / 'proof'
    key, put = place
    if name == 'os.system':
        planted = Planted(os.system, f'touch {proof}')
        name = f'{os.name}.system'  # the module that has it
    elif name == 'builtins.eval':
        planted = Planted(eval, f'open({str(proof)!r}, "w")')
    else:  # one that no list of attacks names
        import timeit

        planted = Planted(timeit.timeit, 'x', f'open({str(proof)!r}, "w")')
        name = 'timeit.timeit'
    path = saved(
        {key: put(planted), 'epoch': 1}, tmp_path / 'a.pth', **options
    )
    with pytest.raises(ValueError, match=f'a.pth was not loaded: .*`{name}`'):
        load(path)
    assert not proof.exists()
    monkeypatch.setenv(TRUST, '1')
    try:
        load(path)
    except NameError:  # timeit runs its setup first
        pass
    assert proof.exists(), 'the file had nothing to run'


class Custom:
    pass


@pytest.mark.parametrize(
    'content, words',
    [
        (Custom(), r'`checkpoint` is a `.*Custom`'),
        (dict(a=[0, Custom()]), r'`checkpoint.a\[1\]` is a `.*Custom`'),
        (dict(a=Custom), '`checkpoint.a` is `.*Custom`'),
        (dict(a=np.array([None])), '`checkpoint.a` has a .*type O8'),
        (dict(a=np.zeros(1, 'i4,f8')), '`checkpoint.a` has a .*type V12'),
        (dict(a=np.datetime64('2020')), 'type M8'),
        (dict(a=getattr), '`checkpoint.a` is `builtins.getattr`'),
        (dict(a=Planted(getattr, 'a', 'upper')), '`builtins.getattr`'),
        (dict(a=Planted(Counter, 1)), 'a `collections.Counter` that is not'),
    ],
)
def test_other_classes_are_refused_with_their_place(content, words, tmp_path):
    path = saved(content, tmp_path / 'a.pth')
    with pytest.raises(ValueError, match=words) as raised:
        load(path)
    assert 'extract_backbone.py' in str(raised.value)


def test_a_file_cannot_change_how_logs_are_summed_up(tmp_path, monkeypatch):
    mean = HistoryBuffer.mean
    buffer = HistoryBuffer([1.0, 3.0], [1, 1])
    with monkeypatch.context() as patch:
        patch.setattr(HistoryBuffer, '_statistics_methods', dict(mean=max))
        path = saved(buffer, tmp_path / 'a.pth')
    found = load(path)
    assert HistoryBuffer._statistics_methods['mean'] is mean
    assert found.statistics('mean') == 2


def test_a_list_in_itself_is_read(tmp_path):
    content = [1]
    content.append(content)
    found = load(saved(content, tmp_path / 'a.pth'))
    assert found[0] == 1 and found[1] is found


def test_files_that_are_no_checkpoints(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match='none.pth can not be found'):
        load(tmp_path / 'none.pth')
    program = torch.jit.script(nn.Linear(1, 1))
    program.save(tmp_path / 'program.pth')
    with pytest.raises(ValueError, match='program.pth was not .*TorchScript'):
        load(tmp_path / 'program.pth')
    saved(dict(a=1), tmp_path / 'home.pth')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert load_from_local('~/home.pth', 'cpu') == dict(a=1)
