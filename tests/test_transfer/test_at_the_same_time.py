"""Two programs that share a folder of caches, and begin together."""

import multiprocessing

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from regioncl_mm.checkpoints import hash_tensors
from regioncl_mm.evaluation.feature_cache import cached_features
from regioncl_mm.transfer.source import find_source

COUNT = 3
fork = multiprocessing.get_context('fork')


def at_once(work):
    """What the function returns in each of several processes."""
    results, barrier = fork.Queue(), fork.Barrier(COUNT)

    def run():
        torch.set_num_threads(1)
        results.put(work(barrier))

    processes = [fork.Process(target=run) for _ in range(COUNT)]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
    return found


class MeanOfImages(nn.Module):
    """At the first batch it waits for the others."""

    def __init__(self, barrier):
        super().__init__()
        self.barrier = barrier

    def data_preprocessor(self, batch, training):
        return batch

    def extract_feat(self, inputs):
        if self.barrier is not None:
            self.barrier.wait()
            self.barrier = None
        return (inputs,)


def collate(pairs):
    samples = [type('Sample', (), dict(gt_label=y)) for _, y in pairs]
    images = torch.stack([image for image, _ in pairs])
    return dict(inputs=images, data_samples=samples)


def test_features_are_extracted_by_several_and_right_for_all(tmp_path):
    images = torch.randn(10, 3, 4, 4, generator=torch.Generator())
    data = [(image, torch.tensor([i])) for i, image in enumerate(images)]
    loader = DataLoader(data, batch_size=4, collate_fn=collate)

    def extract(barrier):
        model = MeanOfImages(barrier)
        found = cached_features(model, loader, tmp_path / 'a', {})
        return np.array(found.values), found.labels, found.reused

    for values, labels, reused in at_once(extract):
        np.testing.assert_allclose(values, images.mean((2, 3)), rtol=1e-6)
        assert labels.tolist() == list(range(10)) and not reused
    assert [path.name for path in tmp_path.iterdir()] == ['a']


@pytest.mark.parametrize('encoder', ['online', 'momentum'])
def test_a_backbone_is_extracted_by_several_and_right_for_all(
    checkpoint, tmp_path, encoder
):
    def extract(barrier):
        barrier.wait()
        source = find_source(str(checkpoint), None, tmp_path, encoder)
        tensors = torch.load(source.path, weights_only=False)['state_dict']
        return (
            source.path,
            source.checkpoint['sha256'],
            hash_tensors(
                {k.split('backbone.', 1)[-1]: v for k, v in tensors.items()}
            ),
        )

    (found,) = set(at_once(extract))
    path, named, in_file = found
    assert named == in_file and path.parent == tmp_path.resolve()
    # Nothing is left of the writing.
    assert not list(tmp_path.glob('*.part')) and not list(tmp_path.glob('.*'))
