from .check_config import check_config
from .launch import add_run_arguments, load_config

__all__ = ['add_run_arguments', 'check_config', 'load_config']
