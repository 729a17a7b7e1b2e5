"""What a training step minimises."""

from .objective import Objective, add_up
from .two_phases import gradient_ahead

__all__ = ['Objective', 'add_up', 'gradient_ahead']
