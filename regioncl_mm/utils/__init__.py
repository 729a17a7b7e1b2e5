from .check_config import check_config
from .launch import load_config, parse_options, read_config
from .processes import from_main_process, init_processes
from .random_states import random_states_restored

__all__ = [
    'check_config',
    'from_main_process',
    'init_processes',
    'load_config',
    'parse_options',
    'random_states_restored',
    'read_config',
]
