"""Checkpoints of every format, broken ones, and ones that attack."""

import argparse
import collections
import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from mmengine.logging import HistoryBuffer
from tensors import assert_same
from torch import nn

from regioncl_mm.checkpoints import load_state_dict

TENSORS = {
    'conv1.weight': torch.randn(2, 3, 3, 3),
    'bn1.num_batches_tracked': torch.tensor(7),
    'half': torch.randn(3).half(),
    'bfloat16': torch.randn(2, 2).bfloat16(),
    'double': torch.randn(2).double(),
    'bool': torch.tensor([True, False]),
    'transposed': torch.arange(6.0).view(2, 3).t(),
    'empty': torch.zeros(0, 4),
    'parameter': nn.Parameter(torch.randn(2)),
}


class Attack:
    """Makes the file ``path`` when it is unpickled."""

    def __init__(self, path, function=os.system):
        self.path, self.function = path, function

    def __reduce__(self):
        return self.function, (f'touch {self.path}',)


def harmless_objects():
    """What training programs pickle beside the weights."""
    history = HistoryBuffer()
    history.update(np.float64(0.5), 2)
    namespace = argparse.Namespace(lr=0.03, out=Path('somewhere'))
    return dict(
        history=history,
        numpy=[np.float32(1), np.arange(3), np.dtype('f8')],
        collections=[
            collections.deque([1, 2]),
            collections.defaultdict(list, a=[1]),
            collections.Counter('abc'),
            {1, 2},
            frozenset([3]),
        ],
        namespace=namespace,
        dtype=torch.float16,
        device=torch.device('cpu'),
        generator=torch.get_rng_state(),
        # A class, an enum's member, objects that are keys.
        kinds={nn.Linear: io.SEEK_SET, collections.OrderedDict: None},
        nothing=[None, True, b'bytes', 1 << 70, 1.5, 2j],
    )


@pytest.mark.parametrize('trust', [False, True])
@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('key', [None, 'state_dict', 'model'])
def test_every_tensor_is_read_and_nothing_else(key, zipped, trust, tmp_path):
    path = tmp_path / 'checkpoint.pth.tar'
    tensors = {key: TENSORS} if key else TENSORS
    content = {**tensors, 'epoch': np.float64(3)}
    torch.save(
        {**content, **harmless_objects()} if key else content,
        path,
        _use_new_zipfile_serialization=zipped,
    )
    assert_same(load_state_dict(str(path), trust), TENSORS)


@pytest.mark.parametrize('protocol', range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_lies_beside_the_weights_is_left_alone(protocol, tmp_path):
    content = dict(state_dict=TENSORS, **harmless_objects())
    torch.save(content, tmp_path / 'a.pt', pickle_protocol=protocol)
    assert_same(load_state_dict(tmp_path / 'a.pt'), TENSORS)


def test_safetensors(tmp_path):
    path = tmp_path / 'a.safetensors'
    tensors = {
        name: tensor.detach().contiguous() for name, tensor in TENSORS.items()
    }
    safetensors.torch.save_file(tensors, path)
    found = load_state_dict(path)
    with path.open('r+b') as file:
        file.write(bytes(path.stat().st_size))  # the same file, all zeros
    assert_same(found, tensors)


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('function', [os.system, eval, os.popen])
def test_an_attack_runs_nothing_and_is_named(function, zipped, tmp_path):
    mark, path = tmp_path / 'mark', tmp_path / 'a.pth'
    torch.save(
        dict(state_dict=TENSORS, meta=Attack(mark, function)),
        path,
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(ValueError, match=f'names `.*{function.__name__}`'):
        load_state_dict(path)
    assert not mark.exists()


def test_a_bare_pickle_that_attacks_runs_nothing(tmp_path):
    mark, path = tmp_path / 'mark', tmp_path / 'a.pth'
    path.write_bytes(pickle.dumps(Attack(mark)))
    with pytest.raises(ValueError, match='names `.*system`'):
        load_state_dict(path)
    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists(), 'the attack would not have worked anyway'


class Local:
    """A class of some training program."""

    touched = False

    def __init__(self, *args):
        Local.touched = True

    def __setstate__(self, state):
        Local.touched = True

    def __reduce__(self):
        return Local, (1,), dict(a=1)


def test_no_class_of_the_file_is_called_or_imported(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(state_dict=TENSORS, other=Local()), path)
    Local.touched = False
    load_state_dict(path)
    assert not Local.touched
    load_state_dict(path, trust=True)
    assert Local.touched


@pytest.mark.parametrize(
    'state', [dict(attribute=1), (None, dict(__defaults__=(1,)))]
)
def test_a_pickle_cannot_change_the_functions_it_names(state, tmp_path):
    """The opcode BUILD sets attributes of what GLOBAL names."""
    rebuild = torch._utils._rebuild_tensor_v2
    before = rebuild.__defaults__, dict(rebuild.__dict__)
    state = pickle.dumps(state, 2)[2:-1]  # without PROTO and STOP
    (tmp_path / 'a.pth').write_bytes(
        b'\x80\x02ctorch._utils\n_rebuild_tensor_v2\n' + state + b'b.'
    )
    with pytest.raises(ValueError, match='does not load'):
        load_state_dict(tmp_path / 'a.pth')
    assert (rebuild.__defaults__, dict(rebuild.__dict__)) == before


def test_a_value_that_is_not_read_is_not_dropped_in_silence(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save({**TENSORS, 'bn1.scale': np.float64(2)}, path)
    with pytest.raises(ValueError, match='`bn1.scale` is a `numpy.*trust'):
        load_state_dict(path)
    torch.save(dict(state_dict={**TENSORS, 'scale': np.float64(2)}), path)
    with pytest.raises(ValueError, match='`scale` is a `numpy.*trust'):
        load_state_dict(path)
    assert_same(load_state_dict(path, trust=True), TENSORS)


def saved(content, **kwargs):
    buffer = io.BytesIO()
    torch.save(content, buffer, **kwargs)
    return buffer.getvalue()


def in_tar(data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as archive:
        member = tarfile.TarInfo('a.pth')
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def torchscript():
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(1, 1)), buffer)
    return buffer.getvalue()


BIG = dict(state_dict={'conv1.weight': torch.randn(4000)})
LEGACY = dict(_use_new_zipfile_serialization=False)
BROKEN = {
    'empty.pth': (b'', 'is empty.*get it again'),
    'empty.safetensors': (b'', 'is empty.*get it again'),
    'text.pth': (b'<html>Not found</html>', "starts with b'<html>Not.*again"),
    'text.safetensors': (b'<html>' * 9, 'does not load.*again'),
    'cut.pth': (saved(BIG)[:-4000], 'cut short.*again'),
    'cut-early.pth': (saved(BIG)[:100], 'cut short.*again'),
    'cut-legacy.pth': (saved(BIG, **LEGACY)[:-4000], 'cut short.*again'),
    'cut-legacy-early.pth': (saved(BIG, **LEGACY)[:40], 'cut short.*again'),
    'cut.safetensors': (
        safetensors.torch.save(BIG['state_dict'])[:-9],
        'cut short.*again',
    ),
    'pickle.pth': (pickle.dumps({'a': 1}), 'another kind.*save the state'),
    'archive.pth': (in_tar(saved(BIG)), 'is a tar archive.*in it'),
    'script.pth': (torchscript(), 'TorchScript program is not supported'),
    'tensor.pth': (saved(torch.ones(1)), 'holds a `Tensor`, not named'),
    'model.pth': (
        saved(nn.Linear(1, 1)),
        'holds a `torch.nn.modules.linear.Linear`.*`state_dict',
    ),
    'none.pth': (
        saved(dict(model={}, epoch=3)),
        "no tensors .*'state_dict' or 'model'; its keys: model, epoch",
    ),
}


@pytest.mark.parametrize('name', BROKEN)
def test_what_is_no_checkpoint_is_called_what_it_is(name, tmp_path):
    data, message = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=message) as error:
        load_state_dict(tmp_path / name)
    assert str(error.value).startswith(str(tmp_path / name))
    assert '\n' not in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='no file .*a.pth'):
        load_state_dict(tmp_path / 'a.pth')
    with pytest.raises(FileNotFoundError, match='is a folder'):
        load_state_dict(tmp_path)


def test_a_dict_that_holds_itself_ends(tmp_path):
    state_dict = {'conv1.weight': torch.ones(1)}
    state_dict['itself'] = state_dict
    torch.save(dict(model=state_dict), tmp_path / 'a.pth')
    tensors = load_state_dict(tmp_path / 'a.pth')
    assert torch.equal(tensors['conv1.weight'], torch.ones(1))
