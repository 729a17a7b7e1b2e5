"""A checkpoint of another model, made one that this run's model can take."""

from __future__ import annotations

from torch import Tensor, nn
from torch.optim import Optimizer

# Before each name in what mmengine's `EMAHook` saves.
_AVERAGED = 'module.'


def begin_anew(
    checkpoint: dict, model: nn.Module, optimizer: Optimizer
) -> list[str]:
    """Let begin anew what is not there, or has another shape.

    Such tensors are then those that the model has, and so are they in the
    average of ``EMAHook``; the optimizer keeps nothing of such weights.

    Args:
        checkpoint: Is changed.
        model: This run's model, as it would begin.
        optimizer: This run's, of the kind of the checkpoint's.

    Returns:
        What begins anew, in words.
    """
    anew = _take_models_own(checkpoint['state_dict'], model)
    if 'ema_state_dict' in checkpoint:
        _take_models_own(checkpoint['ema_state_dict'], model, _AVERAGED)
    return anew + _drop_other_shapes(checkpoint, model, optimizer)


def _take_models_own(
    tensors: dict, model: nn.Module, prefix: str = ''
) -> list[str]:
    """Replace tensors of other shapes, and the pointers of such queues.

    Returns:
        The names of those that are the model's own from here on.
    """
    own = {f'{prefix}{k}': v for k, v in model.state_dict().items()}
    names = []
    for name, tensor in own.items():
        if name not in tensors or tensors[name].shape != tensor.shape:
            names += [name, f'{name}_ptr']
    names = [name for name in dict.fromkeys(names) if name in own]
    for name in list(tensors):
        if name.startswith(prefix) and name not in own:
            del tensors[name]
    tensors.update({name: own[name].clone() for name in names})
    return names


def _drop_other_shapes(
    checkpoint: dict, model: nn.Module, optimizer: Optimizer
) -> list[str]:
    """Leave out what the optimizer kept of weights of another shape.

    Its state has no names: weights are told apart by their place in the
    groups. If groups have other lengths nothing is left of it.
    """
    saved = checkpoint.get('optimizer')
    if saved is None:
        return []
    places, weights = (
        [list(group['params']) for group in groups]
        for groups in (saved['param_groups'], optimizer.param_groups)
    )
    if [len(x) for x in places] != [len(x) for x in weights]:
        del checkpoint['optimizer']
        return [
            'all that the optimizer keeps, for it had '
            f'{sum(map(len, places))} weights in {len(places)} groups, and '
            f'has {sum(map(len, weights))} in {len(weights)}'
        ]
    names = {id(p): name for name, p in model.named_parameters()}
    dropped = []
    for place, weight in zip(sum(places, []), sum(weights, [])):
        if not _fits(saved['state'].get(place, {}), weight):
            del saved['state'][place]
            dropped.append(names.get(id(weight), f'weight {place}'))
    said = f'what the optimizer keeps of {", ".join(dropped)}'
    return [said] if dropped else []


def _fits(state: dict, weight: Tensor) -> bool:
    """Whether a weight's state is of its shape; counts of steps have none."""
    return all(
        value.shape == weight.shape
        for value in state.values()
        if isinstance(value, Tensor) and value.dim()
    )
