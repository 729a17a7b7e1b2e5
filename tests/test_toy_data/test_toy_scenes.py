"""Scenes of garments: what is in front covers what is behind."""

import numpy as np
from pycocotools import mask as run_lengths

from regioncl_mm.toy_data import garments, outlines, scenes


def test_a_hidden_pixel_is_of_the_garment_in_front(garments_root):
    rng = np.random.default_rng(0)
    supply = garments.Garments(garments_root, 'train').shuffled(rng)
    hidden = 0
    for scene in scenes.make_scenes(supply, rng, 8):
        whole = np.stack([garment.mask for garment in scene.garments])
        order = 1 + np.arange(len(whole))[:, None, None]
        assert (scene.owner == (whole * order).max(0)).all()
        hidden += (whole.sum(0) > 1).sum()
        for index, garment in enumerate(scene.garments):
            visible = scene.visible(index)
            assert scenes.is_one_piece(visible)
            assert visible.sum() >= scenes.MIN_VISIBLE * garment.mask.sum()
    assert hidden > 100


def test_what_would_be_cut_in_two_or_hidden_is_not_covered():
    first = np.zeros((160, 160), bool)
    first[50:60, 20:100] = True
    scene = scenes.Scene(
        None, first.astype(np.uint8), [scenes.Placed(0, '', first)]
    )
    across = np.zeros_like(first)
    across[40:70, 50:60] = True
    assert not scenes.leaves_pieces_whole(scene, across)  # in two
    inside = np.zeros_like(first)
    inside[53:56, 50:60] = True
    assert not scenes.leaves_pieces_whole(scene, inside)  # a hole
    assert not scenes.leaves_pieces_whole(scene, first)  # nothing left
    corner = np.zeros_like(first)
    corner[40:70, 60:120] = True
    assert scenes.leaves_pieces_whole(scene, corner)


def test_outlines_lose_no_pixel():
    mask = np.zeros((9, 12), bool)
    mask[2:5, 3:7] = mask[4:8, 6:11] = mask[0, 0] = True
    encoded = run_lengths.merge(
        run_lengths.frPyObjects(outlines.polygons(mask), *mask.shape)
    )
    assert (run_lengths.decode(encoded) == mask).all()
    assert outlines.box(mask) == [0, 0, 11, 8]


def test_a_garment_is_pasted_from_its_source(garments_root):
    rng = np.random.default_rng(0)
    supply = garments.Garments(garments_root, 'val').shuffled(rng)
    for garment, _ in zip(supply, 'ab'):
        row = int(garment.source.split('/')[1])
        images = garments.read_idx(garments_root / 't10k-images-idx3-ubyte')
        assert (garment.grey == images[row]).all()
        assert garment.label == row % 10
        grey, mask = garments.cut_out(garment.grey, 28)
        assert (grey == garment.grey).all()
        assert (mask == (grey > 12)).all()
