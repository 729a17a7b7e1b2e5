"""The scripts for slurm, with stand-ins for its commands."""

import os
import signal
import subprocess
import sys

import pytest
from conftest import REPO

# Writes down its arguments; each call ends as the next line of `statuses`
# says, or waits for a signal and ends with 85.
COMMAND = """#!/bin/bash
echo "$(basename "$0") $*" >> {folder}/calls
if [[ $1 == show ]]; then cat {folder}/state; exit; fi
if [[ $1 == requeue ]]; then exit; fi
status=$(head -1 {folder}/statuses)
sed -i 1d {folder}/statuses
if [[ $status != wait ]]; then exit "$status"; fi
for name in USR1 TERM INT; do
    trap "echo got $name >> {folder}/calls; exit 85" $name
done
echo waiting
while true; do sleep 0.05; done
"""


@pytest.fixture
def slurm(tmp_path):
    """Starts a script, with the statuses that srun ends with."""
    for name in ('srun', 'scontrol'):
        (tmp_path / name).write_text(COMMAND.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    (tmp_path / 'state').write_text('   JobState=RUNNING Reason=None')

    def start(*statuses, script='train', **env):
        lines = ''.join(f'{status}\n' for status in statuses)
        (tmp_path / 'statuses').write_text(lines)
        path = f'{tmp_path}:{os.environ["PATH"]}'
        return subprocess.Popen(
            ['bash', f'tools/slurm_{script}.sh', 'gpu', 'job', 'a.py', 'b'],
            cwd=REPO,
            env={**os.environ, 'PATH': path, 'PYTHON': sys.executable, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def calls(tmp_path):
    """The commands' names, and what their arguments end with."""
    return [
        ' '.join([line.split()[0], *line.split()[-2:]])
        for line in (tmp_path / 'calls').read_text().splitlines()
    ]


@pytest.mark.parametrize('script', ['train', 'transfer'])
def test_slurm_is_asked_for_a_signal_before_the_time_limit(
    slurm, tmp_path, script
):
    assert slurm(0, script=script).wait() == 0
    (line,) = (tmp_path / 'calls').read_text().splitlines()
    assert ' --signal=USR1@120 ' in line
    # The first task that has saved must not have the others killed.
    assert ' --kill-on-bad-exit=0 --wait=60 ' in line
    header = (REPO / 'tools' / f'slurm_{script}.sh').read_text()
    assert '\n#SBATCH --signal=USR1@120\n#SBATCH --requeue\n' in header


@pytest.mark.parametrize(
    'asked, gpus, tasks, tasks_per_node',
    [
        (dict(), 8, 8, 8),
        (dict(GPUS='4'), 4, 4, 4),
        (dict(GPUS='16'), 8, 16, 8),
        (dict(GPUS='4', GPUS_PER_NODE='2'), 2, 4, 2),
    ],
)
def test_a_run_asks_for_the_gpus_that_it_uses(
    slurm, tmp_path, asked, gpus, tasks, tasks_per_node
):
    assert slurm(0, **asked).wait() == 0
    assert (
        f' --gres gpu:{gpus} --ntasks {tasks} '
        f'--ntasks-per-node {tasks_per_node} '
    ) in (tmp_path / 'calls').read_text()


def test_a_batch_job_is_requeued_when_the_run_was_preempted(slurm, tmp_path):
    with slurm(85, SLURM_JOB_ID='17') as script:
        said = script.stdout.read()
    assert 'requeued: job 17' in said
    assert calls(tmp_path) == [
        *('srun --work-dir b', 'scontrol job 17', 'scontrol requeue 17')
    ]


def test_it_resumes_when_slurm_has_restarted_it(slurm, tmp_path):
    job = dict(SLURM_JOB_ID='17', SLURM_RESTART_COUNT='1')
    assert slurm(0, **job).wait() == 0
    assert calls(tmp_path) == ['srun b --resume']


@pytest.mark.parametrize('state', ['CANCELLED', 'PENDING', 'COMPLETING'])
def test_a_job_that_was_cancelled_is_not_requeued(slurm, tmp_path, state):
    (tmp_path / 'state').write_text(f'   JobState={state} Reason=None')
    assert slurm(85, SLURM_JOB_ID='17').wait() == 85
    assert calls(tmp_path) == ['srun --work-dir b', 'scontrol job 17']


@pytest.mark.parametrize('status', [1, 137])
def test_a_run_that_failed_is_not_requeued(slurm, tmp_path, status):
    assert slurm(status, SLURM_JOB_ID='17').wait() == status
    assert calls(tmp_path) == ['srun --work-dir b']


def test_without_a_batch_job_another_allocation_is_asked_for(slurm, tmp_path):
    assert slurm(85, 85, 0).wait() == 0
    assert calls(tmp_path) == [
        *('srun --work-dir b', 'srun b --resume', 'srun b --resume')
    ]


def test_signals_to_the_script_reach_the_run(slurm, tmp_path):
    for number, name, ends in (
        (signal.SIGUSR1, 'USR1', ['srun b --resume']),
        # Whoever sends these to the script wants it to end.
        (signal.SIGTERM, 'TERM', []),
        (signal.SIGINT, 'TERM', []),
    ):
        (tmp_path / 'calls').write_text('')
        with slurm('wait', 0) as script:
            assert script.stdout.readline() == 'waiting\n'
            script.send_signal(number)
            assert script.wait() == (0 if ends else 85)
        found = calls(tmp_path)
        assert found == ['srun --work-dir b', f'got got {name}', *ends]


def test_sbatch_runs_a_copy(slurm, tmp_path):
    """It finds what lies beside the script in the folder of the job."""
    (tmp_path / 'slurm_script').write_bytes(
        (REPO / 'tools' / 'slurm_train.sh').read_bytes()
    )
    said = subprocess.run(
        ['bash', 'slurm_script'],
        cwd=tmp_path,
        env={**os.environ, 'SLURM_SUBMIT_DIR': str(REPO)},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2 and said.stderr.startswith('usage: ')
