"""A backbone as a network of ONNX."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import Any

import torch
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from ..utils.files import write_atomically

OPSET = 17
TOLERANCE = 1e-4  # of the largest feature


class LastFeatures(nn.Module):
    """The last of a backbone's outputs, as a tensor."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) to (N, C, h, w), or (N, C) of a class token."""
        return self.backbone(images)[-1]


def build_backbone(
    config: dict[str, Any], tensors: dict[str, Tensor]
) -> nn.Module:
    """mmpretrain's backbone with these weights, as it is for evaluation.

    Raises:
        ValueError: If the config is not the weights'.
    """
    from mmpretrain.registry import MODELS
    from mmpretrain.utils import register_all_modules

    register_all_modules(init_default_scope=False)
    config = {k: v for k, v in config.items() if k != 'init_cfg'}
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        backbone = MODELS.build(config)
    try:
        backbone.load_state_dict(tensors)
    except RuntimeError as error:
        lines = str(error).split('\n\t')[:2]
        raise ValueError(
            f'the config of a {config["type"]} does not fit the tensors: '
            f'{" ".join(lines)}'
        ) from None
    # OpenMMLab's `train` returns nothing, so there is no chain of calls.
    backbone.eval()
    model = LastFeatures(backbone)
    model.training = False
    return model


def write_onnx(
    config: dict[str, Any], tensors: dict[str, Tensor], path: Path
) -> str:
    """Write a backbone to a file, and compare what it computes.

    The input is ``images``, (N, C, H, W) normalised as in pretraining, the
    output ``features``. N may be any, and of a ResNet H and W, too; but for a
    Swin Transformer, whose code in mmpretrain counts windows by numbers that
    become part of the file, N is 1.

    Args:
        config: mmpretrain's, of the backbone.
        tensors: By mmpretrain's names.
        path: The file; its folder is made.

    Returns:
        A line on what was compared.

    Raises:
        ValueError: If the config does not fit, the package onnx is absent, or
            onnxruntime computes something else.
    """
    model = build_backbone(config, tensors)
    size = config.get('img_size', 224)
    height, width = (size, size) if isinstance(size, int) else size
    any_batch = not config['type'].endswith('SwinTransformer')
    images = torch.randn(
        2 if any_batch else 1, config.get('in_channels', 3), height, width
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    said = ''

    def write(to: Path) -> None:
        nonlocal said
        export(
            model, images, to, free_axes(any_batch, 'img_size' not in config)
        )
        said = compare(model, images, to)

    write_atomically(path, write)
    return said


def free_axes(any_batch: bool, any_size: bool) -> dict[str, dict[int, str]]:
    """Names of the axes of input and output that may have any length."""
    batch = {0: 'n'} if any_batch else {}
    size = {2: 'height', 3: 'width'} if any_size else {}
    rows = {2: 'rows', 3: 'columns'} if any_size else {}
    return dict(images={**batch, **size}, features={**batch, **rows})


def export(
    model: nn.Module,
    images: Tensor,
    path: Path,
    axes: dict[str, dict[int, str]],
) -> None:
    """Trace a model to a file."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise ValueError(
            'a file of ONNX needs the package onnx: pip install onnx'
        ) from None
    options: dict[str, Any] = {}
    if 'dynamo' in inspect.signature(torch.onnx.export).parameters:
        # The exporter that needs no further package, and writes one file.
        options['dynamo'] = False
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter('ignore')
        torch.onnx.export(
            model,
            (images,),
            str(path),
            input_names=['images'],
            output_names=['features'],
            dynamic_axes=axes,
            opset_version=OPSET,
            **options,
        )


def compare(model: nn.Module, images: Tensor, path: Path) -> str:
    """Run a file with onnxruntime, where that is installed.

    Raises:
        ValueError: If it computes other features than the model.
    """
    try:
        import onnxruntime
    except ImportError:
        return 'not run: onnxruntime is not installed'
    session = onnxruntime.InferenceSession(
        str(path), providers=['CPUExecutionProvider']
    )
    worst = 0.0
    for batch in (images, images[:1]):  # a batch that was not traced, too
        (features,) = session.run(None, dict(images=batch.numpy()))
        with torch.no_grad():
            expected = model(batch)
        difference = (torch.from_numpy(features) - expected).abs().max()
        worst = max(worst, float(difference / expected.abs().max()))
    if not worst <= TOLERANCE:
        raise ValueError(
            f'onnxruntime computes other features: they differ by {worst:.1e} '
            'of the largest; nothing was written'
        )
    return (
        f'onnxruntime {onnxruntime.__version__} computes the same features: '
        f'they differ by {worst:.1e} of the largest'
    )
