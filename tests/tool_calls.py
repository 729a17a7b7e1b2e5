"""Tools called in this process, as a command line calls them."""

import importlib.util
import io
import os
import sys
import traceback
from contextlib import (
    ExitStack,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
)
from pathlib import Path
from subprocess import PIPE
from unittest import mock

import cv2
from mmengine.utils import ManagerMixin
from torch import distributed, multiprocessing

from regioncl_mm.utils import random_states_restored

TOOLS = Path(__file__).parents[1] / 'tools'


def main_of(script):
    """A tool's ``main``, by the path below ``tools`` or a whole one."""
    path = TOOLS / script
    spec = importlib.util.spec_from_file_location(f'tool_{path.stem}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def call(main, *arguments, ok=True, cwd=None, **env):
    """What a tool says on both streams.

    Args:
        main: The tool's.
        arguments: Those of the command line.
        ok: Whether it is to end well.
        cwd: The folder that it is called in, if not this one.
        env: Environment variables beside those that are set.
    """
    said = io.StringIO()
    with state_of_its_own(said, cwd, {**os.environ, **env}):
        status = exit_status(main, [*map(str, arguments)])
    assert (status == 0) == ok, said.getvalue()
    return said.getvalue()


def exit_status(main, arguments):
    """As Python ends a program: a text is shown, and so is a traceback."""
    try:
        main(arguments)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code)
            return 1
        return end.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0


@contextmanager
def state_of_its_own(said, cwd, env):
    """Within it is what a new process has; afterwards all is as before.

    mmengine keeps loggers, messages, visualizers and scopes by name, sets how
    processes start and how many threads OpenCV has.
    """
    folder, path = Path.cwd(), list(sys.path)
    start_method = multiprocessing.get_start_method(allow_none=True)
    threads = cv2.getNumThreads()
    kept = {cls: dict(cls._instance_dict) for cls in managers()}
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(said))
        stack.enter_context(redirect_stderr(said))
        stack.enter_context(mock.patch.dict(os.environ, env, clear=True))
        stack.enter_context(random_states_restored())
        for cls in managers():
            cls._instance_dict.clear()
        os.chdir(cwd or folder)
        sys.path[:0] = env.get('PYTHONPATH', '').split(os.pathsep)
        try:
            yield
        finally:
            for cls in managers():
                for instance in cls._instance_dict.values():
                    for handler in getattr(instance, 'handlers', ()):
                        handler.close()
                cls._instance_dict.clear()
                cls._instance_dict.update(kept.get(cls, {}))
            os.chdir(folder)
            sys.path[:] = path
            cv2.setNumThreads(threads)
            multiprocessing.set_start_method(start_method, force=True)
    assert not distributed.is_initialized()


def managers(cls=ManagerMixin):
    """All classes whose instances mmengine keeps by name."""
    yield cls
    for subclass in cls.__subclasses__():
        yield from managers(subclass)


class ProgramInThisProcess:
    """Stands in for ``Popen`` where a tool starts another one.

    The other one is run at once and to its end, which takes less time than to
    import everything once more.
    """

    def __init__(self, command, env=None, stdout=None, stderr=None, text=True):
        python, script, *arguments = command
        assert python == sys.executable
        main = main_of(Path(script).resolve())
        said = io.StringIO()
        with state_of_its_own(said, None, env or os.environ.copy()):
            self.returncode = exit_status(main, arguments)
        if stdout is PIPE:
            self.stdout = io.StringIO(said.getvalue())
        else:
            stdout.write(said.getvalue())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def poll(self):
        return self.returncode

    def terminate(self):
        pass

    def wait(self):
        return self.returncode
