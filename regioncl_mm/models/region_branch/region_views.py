"""What the region branch gives the losses."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from ...regions import Region


class RegionViews(NamedTuple):
    """Features of regions, row i from composite image i, not normalised.

    Attributes:
        canvas: Features of image i, projected (N, D) or just pooled
            (N, C, 1, 1).
        paste: Features of image ``partner[i]``, in the same shape.
        partner: (N,), the image that the paste view of each row is from.
        region: The rectangle, in cells.
    """

    canvas: Tensor
    paste: Tensor
    partner: Tensor
    region: Region

    def replaced(self, canvas: Tensor, paste: Tensor) -> RegionViews:
        """Other features of the same regions."""
        return self._replace(canvas=canvas, paste=paste)

    def detach(self) -> RegionViews:
        """The same views without their graph."""
        return self.replaced(self.canvas.detach(), self.paste.detach())


def without_graph(
    queries: Tensor, keys: Tensor, views: RegionViews | None
) -> tuple[Tensor, Tensor, RegionViews | None]:
    """What a step leaves for hooks to look at, without its graph.

    One that looks is :class:`~regioncl_mm.hooks.RegionDiagnosticsHook`.
    """
    return (
        queries.detach(),
        keys.detach(),
        None if views is None else views.detach(),
    )
