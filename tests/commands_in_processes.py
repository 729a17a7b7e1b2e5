"""Call tools one after another in each of several processes.

torchrun starts it with a JSON file, a list of ``[TOOL, ENVIRONMENT,
ARGUMENTS]``. The folder of that file gets ``RANK.json``, a list of exit
statuses and what was said. To start several processes and to import
everything takes longer than most commands do.
"""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import conftest  # noqa: F401
from tool_calls import exit_status, main_of
from torch import distributed


def main(file):
    commands = json.loads(Path(file).read_text())
    outcomes = []
    for tool, environment, arguments in commands:
        os.environ.update(environment)
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            status = exit_status(main_of(tool), arguments)
        outcomes.append((status, said.getvalue()))
    rank = distributed.get_rank()
    Path(file).with_name(f'{rank}.json').write_text(json.dumps(outcomes))
    distributed.barrier()


if __name__ == '__main__':
    main(sys.argv[1])
