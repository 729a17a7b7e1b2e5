"""A feature pyramid whose extra levels have no norm layer."""

from __future__ import annotations

from mmcv.cnn import ConvModule
from mmdet.models.necks import FPN
from mmdet.registry import MODELS


@MODELS.register_module()
class FPNPlainExtraConvs(FPN):
    """mmdet's FPN, its extra convolutions (P6, P7) as in detectron2.

    There the norm layers of the pyramid leave these levels out; mmdet has one
    ``norm_cfg`` for all. Arguments are those of :class:`mmdet.models.FPN`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for level in range(len(self.lateral_convs), len(self.fpn_convs)):
            conv = self.fpn_convs[level].conv
            self.fpn_convs[level] = ConvModule(
                conv.in_channels,
                conv.out_channels,
                conv.kernel_size,
                stride=conv.stride,
                padding=conv.padding,
                act_cfg=None,
            )
