"""The page at the end of a training."""

from __future__ import annotations

import base64
import shlex
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple, Sequence

from ...report import page as report_page
from ...utils.files import write_text
from ...utils.places import as_typed, project_root

HERE = Path(__file__).parent


class Made(NamedTuple):
    """What a training has made."""

    checkpoint: Path
    backbone: Path
    sha256: str
    config: Path
    data_folder: Path
    has_labels: bool
    longer: tuple[str, ...]  # the arguments of a training twice as long


def next_steps(made: Made) -> list[tuple[str, str]]:
    """What can be done now: in words, and as commands or code."""
    tools = project_root() / 'tools'
    configs = project_root() / 'configs'

    def tool(name: str) -> str:
        return f'python {quoted(tools / name)}'

    checkpoint = quoted(made.checkpoint)
    steps = [
        (
            'Use the backbone in any config of OpenMMLab',
            "init_cfg=dict(type='Pretrained',\n"
            f"    checkpoint='{as_typed(made.backbone)}',\n"
            "    prefix='backbone.')",
        ),
        (
            'Train a detector, a segmenter or a pose estimator from it (the '
            'config must have the same backbone)',
            f'{tool("transfer.py")} '
            f'{quoted(configs / "mmdet")}/CONFIG.py {checkpoint}',
        ),
        (
            'Train longer',
            f'{tool("pretrain.py")} {quoted(made.data_folder)} '
            f'{" ".join(made.longer)}',
        ),
        (
            'Train otherwise: change a copy of the config',
            f'{tool("train.py")} {quoted(made.config)}',
        ),
    ]
    if made.has_labels:
        steps.insert(
            0,
            (
                'Ask how well neighbours tell the classes apart, of random '
                'weights, too (`random` in place of the checkpoint)',
                f'{tool("knn.py")} {quoted(made.config)} {checkpoint} --k 5',
            ),
        )
    return steps


def quoted(path: Path) -> str:
    """A path as it is typed into a shell."""
    return shlex.quote(str(as_typed(path)))


def write_page(
    path: Path,
    title: str,
    said: Sequence[Sequence[str]],
    remarks: Sequence[str],
    plots: dict[str, Path],
    made: Made,
) -> None:
    """Write the page, which needs nothing else.

    Args:
        path: The page's file.
        title: Its heading.
        said: What was chosen, its value, and why.
        remarks: What the reader must know, a sentence each.
        plots: Pictures by their headings.
        made: What the training has made.
    """
    sections = [
        f'<section><h2>{escape(heading)}</h2><div class="plot">'
        f'<img alt="{escape(heading)}" src="{as_data(file)}"></div></section>'
        for heading, file in plots.items()
    ]
    rows = ''.join(
        f'<tr><th scope="row">{escape(what)}</th>'
        f'<td class="text">{escape(value)}</td>'
        f'<td class="text">{escape(why)}</td></tr>'
        for what, value, why in said
    )
    sections.append(
        '<section><h2>What was chosen, and why</h2><div class="scroll">'
        f'<table><tbody>{rows}</tbody></table></div></section>'
    )
    items = ''.join(
        f'<li>{escape(words)}<pre>{escape(code)}</pre></li>'
        for words, code in next_steps(made)
    )
    sections.append(
        f'<section><h2>What to do next</h2><ul>{items}</ul></section>'
    )
    template = Template((HERE / 'page.html').read_text('utf-8'))
    write_text(
        path,
        template.substitute(
            title=escape(title),
            style=(report_page.HERE / 'page.css').read_text('utf-8'),
            summary=' '.join(map(escape, remarks)),
            main='\n'.join(sections),
        ),
    )


def as_data(picture: Path) -> str:
    """A PNG within a page."""
    text = base64.b64encode(picture.read_bytes()).decode()
    return f'data:image/png;base64,{text}'
