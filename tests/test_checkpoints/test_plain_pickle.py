"""detectron2's files: arrays are read, and nothing is run."""

import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from tensors import assert_same, of_detectron2, part, resnet_moco, under

from regioncl_mm.checkpoints import find_backbone, load_state_dict

ONLINE = part(resnet_moco(), 'backbone.')


@pytest.mark.parametrize('protocol', [2, 4, 5])
def test_detectron2s_pickle(protocol, tmp_path):
    arrays = {k: v.numpy() for k, v in of_detectron2(ONLINE).items()}
    content = dict(
        model=arrays, __author__='torchvision', matching_heuristics=True
    )
    path = tmp_path / 'R-18.pkl'
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    assert_same(
        find_backbone(load_state_dict(path))[0],
        {k: v for k, v in ONLINE.items() if 'num_batches' not in k},
    )


def test_detectron2s_training_checkpoint(tmp_path):
    tensors = {
        **under('backbone.bottom_up.', of_detectron2(ONLINE)),
        'backbone.fpn_lateral2.weight': torch.ones(2),
        'roi_heads.box_head.fc1.weight': torch.ones(2),
    }
    torch.save(dict(model=tensors, iteration=5), tmp_path / 'model_final.pth')
    found, prefix = find_backbone(
        load_state_dict(tmp_path / 'model_final.pth')
    )
    assert prefix == 'backbone.bottom_up.'
    assert set(found) == {k for k in ONLINE if 'num_batches' not in k}


@pytest.mark.parametrize('zipped', [True, False])
def test_torchs_own_files_may_be_called_pkl(zipped, tmp_path):
    path = tmp_path / 'a.pkl'
    torch.save(dict(model=ONLINE), path, _use_new_zipfile_serialization=zipped)
    assert_same(load_state_dict(path), ONLINE)


class Attack:
    ran = False

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


def touch(path):
    open(path, 'w').close()


@pytest.mark.parametrize('place', ['beside', 'among', 'instead'])
def test_nothing_in_a_pickle_is_run(place, tmp_path):
    attack = Attack(touch, str(tmp_path / 'ran'))
    arrays = {k: v.numpy() for k, v in of_detectron2(ONLINE).items()}
    content = {
        'beside': dict(model=arrays, hook=attack),
        'among': dict(model={**arrays, 'x.weight': attack}),
        'instead': attack,
    }[place]
    path = tmp_path / 'R-18.pkl'
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match=r'touch|does not load'):
        load_state_dict(path)
    assert not (tmp_path / 'ran').exists()
    pickle.loads(path.read_bytes())
    assert (tmp_path / 'ran').exists(), 'nothing to refuse'


def test_arrays_of_objects_are_refused(tmp_path):
    path = tmp_path / 'a.pkl'
    array = np.array([OrderedDict()], dtype=object)
    path.write_bytes(pickle.dumps(dict(model={'stem.conv1.weight': array})))
    with pytest.raises(ValueError, match='not read'):
        load_state_dict(path)
