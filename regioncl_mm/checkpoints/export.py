"""A checkpoint's backbone for other libraries, and as a network of ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from .extract import HASH_DIGITS
from .find import find_backbone, hash_tensors
from .formats import FORMATS, write_format
from .name_maps import RESNET, VIT
from .read import Checkpoint, load_checkpoint
from .shapes import HEADS, MOCO_V3_SMALL, config_of
from .translate import architecture_of

# Prefixes and names of pretraining configs of MoCo v3.
MOCO_V3_PREFIXES = ('base_encoder.', 'momentum_encoder.')
MOCO_V3_RUNS = ('mocov3', 'regioncl-m3')


class Exported(NamedTuple):
    """A backbone in another library's format."""

    paths: list[Path]  # first what the library is given
    encoder: str  # 'online' or 'momentum'
    prefix: str  # what the names started with in the checkpoint
    num_tensors: int  # of mmpretrain's backbone
    num_values: int
    sha256: str  # of mmpretrain's tensors
    notes: list[str]  # what the user should know


class Backbone(NamedTuple):
    """What a checkpoint has of a backbone, by mmpretrain's names."""

    tensors: dict[str, Tensor]
    prefix: str
    config: dict[str, Any] | None  # of the run that trained it, if it is known
    heads: int | None  # of a Vision Transformer, where that is known


def read_backbone(
    checkpoint, encoder: str = 'online', trust: bool = False
) -> Backbone:
    """Read a checkpoint's backbone; arguments and errors as
    :func:`~.extract.extract_backbone` has them."""
    loaded = load_checkpoint(checkpoint, trust)
    try:
        tensors, prefix = find_backbone(loaded.tensors, encoder)
    except ValueError as error:
        raise ValueError(f'{checkpoint}: {error}') from None
    return Backbone(
        tensors, prefix, loaded.backbone, known_heads(loaded, prefix, tensors)
    )


def known_heads(
    loaded: Checkpoint, prefix: str, tensors: dict[str, Tensor]
) -> int | None:
    """Attention heads of a Vision Transformer, by where it is from."""
    if architecture_of(tensors) != VIT:
        return None
    arch = (loaded.backbone or {}).get('arch')
    if isinstance(arch, dict):
        return arch.get('num_heads')
    width, heads = MOCO_V3_SMALL
    is_moco_v3 = prefix.replace('module.', '').startswith(MOCO_V3_PREFIXES)
    is_moco_v3 |= (loaded.experiment or '').startswith(MOCO_V3_RUNS)
    is_moco_v3 |= arch == 'mocov3-small'
    if is_moco_v3 and tensors['cls_token'].shape[-1] == width:
        return heads
    return None


def export_backbone(
    checkpoint,
    out_dir,
    library: str,
    encoder: str = 'online',
    trust: bool = False,
    heads: int | None = None,
) -> Exported:
    """Write a checkpoint's backbone as another library reads it.

    ``backbone-<hash>-<library>`` is a state dict (``.pth`` and
    ``.safetensors``) for torchvision, timm and lightly, a ``.pkl`` for
    detectron2, and a folder for transformers.

    Args:
        checkpoint: What :func:`~.read.load_state_dict` reads.
        out_dir: Folder to write to, made if it is not there.
        library: One of ``FORMATS`` but ``mmengine``, which is
            :func:`~.extract.extract_backbone`'s.
        encoder: ``'online'`` or ``'momentum'``.
        trust: Run what code the checkpoint has.
        heads: Of a Vision Transformer's attention, which no tensor tells;
            by default what the checkpoint's config says, else what published
            networks of its width have.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If it cannot be read, has no such backbone, or a tensor of
            it has no place in the library's model; the message names it.
    """
    if library not in FORMATS[1:]:
        raise ValueError(f'no format {library!r}; known: {FORMATS}')
    found = read_backbone(checkpoint, encoder, trust)
    heads = heads or found.heads
    sha256 = hash_tensors(found.tensors)
    out_dir = Path(out_dir)
    stem = out_dir / f'backbone-{sha256[:HASH_DIGITS]}-{library}'
    existed = out_dir.exists()
    out_dir.mkdir(parents=True, exist_ok=True)
    try:
        paths = write_format(found.tensors, library, stem, heads)
    except ValueError as error:
        if not existed:
            out_dir.rmdir()
        raise ValueError(f'{checkpoint}: {error}') from None
    return Exported(
        paths,
        encoder,
        found.prefix,
        len(found.tensors),
        sum(map(Tensor.numel, found.tensors.values())),
        sha256,
        notes_on(found.tensors, heads),
    )


def notes_on(tensors: dict[str, Tensor], heads: int | None) -> list[str]:
    """What no name and no shape says to the other library."""
    architecture = architecture_of(tensors)
    stem = tensors.get('conv1.weight')
    if architecture == RESNET and stem is not None and stem.dim() == 4:
        if stem.shape[-1] != 7:
            return [
                f'the first convolution is {stem.shape[-2]}x{stem.shape[-1]}: '
                'put one like it, and nothing for the pooling, into the other '
                "library's ResNet before loading"
            ]
    if architecture == VIT and 'cls_token' in tensors:
        width = tensors['cls_token'].shape[-1]
        if heads is not None and heads != HEADS.get(width):
            return [
                f'its attention has {heads} heads: tell the library so '
                f'(num_heads={heads}), for no tensor does'
            ]
        if width == MOCO_V3_SMALL[0] and heads is None:
            return [
                f'{HEADS[width]} heads are taken for granted, which no tensor '
                'tells; MoCo v3 has 12: then give `--heads 12`'
            ]
    return []


def config_for(found: Backbone, heads: int | None) -> dict[str, Any]:
    """The config to build a backbone by: its run's, else by its shapes."""
    if found.config is not None:
        return found.config
    return config_of(found.tensors, heads or found.heads)
