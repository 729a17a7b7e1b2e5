"""No training before it is proved that pretrained weights were loaded."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.registry import HOOKS
from torch import nn

from ..checkpoints import (
    BackboneMismatchError,
    find_backbone,
    hash_tensors,
    load_state_dict,
    verify_backbone,
)
from ..utils import from_main_process

KEY = 'verified_backbone'  # in the run's checkpoints


@HOOKS.register_module()
class VerifyBackboneHook(Hook):
    """Compares the model's backbone with a checkpoint before the first step.

    ``init_cfg`` with a wrong prefix, or of another architecture, loads what
    fits and trains on with a warning. This hook stops such a run; see
    :func:`regioncl_mm.checkpoints.verify_backbone`. A resumed run has other
    weights by then: of it the record is read that its own checkpoint has
    from the start of the run. A frozen backbone is compared anew then, and
    once more after training.

    Args:
        checkpoint: What :func:`regioncl_mm.checkpoints.load_state_dict` reads.
        encoder: ``'online'`` or ``'momentum'``, the one that was loaded.
        allow_partial: Warn and go on.

    Raises:
        BackboneMismatchError: In every process, before anything is trained;
            after it if a frozen backbone has changed.
        ValueError: If the checkpoint cannot be read.
    """

    priority = 'VERY_HIGH'

    def __init__(
        self,
        checkpoint: str,
        encoder: str = 'online',
        allow_partial: bool = False,
    ) -> None:
        self.checkpoint = checkpoint
        self.encoder = encoder
        self.allow_partial = allow_partial
        self.record: dict | None = None
        self.sha256_before: str | None = None  # of a frozen backbone

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Read the record of the run that goes on."""
        self.record = checkpoint.get(KEY)

    def before_save_checkpoint(self, runner, checkpoint: dict) -> None:
        """Keep the record for a run that is interrupted."""
        checkpoint[KEY] = self.record

    def before_train(self, runner) -> None:
        """Compare, or stop all processes."""
        # Weights and buffers were broadcast from the first process: its
        # verdict is everyone's.
        self.record = from_main_process(lambda: self._verify(runner))

    def after_train(self, runner) -> None:
        """Find that a frozen backbone has stayed what it was."""
        if self.record and self.record['frozen']:
            from_main_process(lambda: self._check_frozen(runner))

    def _verify(self, runner) -> dict:
        model = unwrapped(runner.model)
        tensors, _ = find_backbone(
            load_state_dict(self.checkpoint), self.encoder
        )
        parameters = model.backbone.parameters()
        frozen = not any(x.requires_grad for x in parameters)
        if frozen:
            self.sha256_before = hash_tensors(model.backbone.state_dict())
        elif runner.iter > 0:
            return self._check_record(runner, hash_tensors(tensors))
        result, lines = verify_backbone(model, tensors, self.allow_partial)
        say = runner.logger.info if result.complete else runner.logger.warning
        for line in lines:
            say(line)
        return dict(result.to_dict(), frozen=frozen)

    def _check_frozen(self, runner) -> None:
        """Raises BackboneMismatchError if a tensor is another."""
        backbone = unwrapped(runner.model).backbone
        if hash_tensors(backbone.state_dict()) != self.sha256_before:
            raise BackboneMismatchError(
                'the backbone is frozen, and yet its tensors are not those '
                'before training; are its norm layers in evaluation mode?'
            )
        runner.logger.info('the frozen backbone is unchanged')

    def _check_record(self, runner, sha256: str) -> dict:
        """Raises BackboneMismatchError if the run began with others."""
        if self.record is None or self.record['sha256'] != sha256:
            raise BackboneMismatchError(
                'the checkpoint that this run was to go on from did not '
                f'begin with the backbone of {self.checkpoint} (sha256 '
                f'{sha256[:12]}); start anew in another work dir'
            )
        runner.logger.info(
            f'verified when the run began: {self.record["loaded"]}/'
            f'{self.record["total"]} backbone tensors (sha256 {sha256[:12]})'
        )
        return self.record


def unwrapped(model: nn.Module) -> nn.Module:
    """The model itself, without what spreads it over processes."""
    return model.module if is_model_wrapper(model) else model
