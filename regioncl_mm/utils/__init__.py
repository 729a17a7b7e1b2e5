from .check_config import check_config
from .launch import add_run_arguments, load_config
from .processes import from_main_process, init_processes
from .random_states import random_states_restored

__all__ = [
    'add_run_arguments',
    'check_config',
    'from_main_process',
    'init_processes',
    'load_config',
    'random_states_restored',
]
