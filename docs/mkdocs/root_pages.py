"""A hook of mkdocs: pages that live outside of docs/, and links between all.

Links are written for readers of the repository, relative to their own file.
In the site a link to a page leads to that page; one to code or to a config,
which the site does not hold, is left as its text.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
# The page that each file outside of docs/ becomes.
PAGES = {
    'README.md': 'index.md',
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'tools/benchmarks/README.md': 'benchmarks.md',
}
_FILES = {page: file for file, page in PAGES.items()}
_LINK = re.compile(r'(!?)\[([^\]]*)\]\(([^()\s#]+)(#[^()\s]*)?\)')


def on_files(files, config):
    for file, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=ROOT / file))
    return files


def on_page_markdown(markdown, page, config, files):
    page_uri = page.file.src_uri
    if page.parent is None:  # a tab of its own, with no other pages to list
        page.meta.setdefault('hide', ['navigation'])
    here = dirname(_FILES.get(page_uri, f'docs/{page_uri}'))

    def in_site(link: re.Match) -> str:
        bang, text, target, anchor = link.groups(default='')
        file = normpath(join(here, target))
        if '://' in target or not (ROOT / file).exists():
            return link[0]
        if file in PAGES:
            uri = PAGES[file]
        elif file.startswith('docs/'):
            uri = file[len('docs/') :]
        else:
            return text
        return f'{bang}[{text}]({relpath(uri, dirname(page_uri))}{anchor})'

    return _LINK.sub(in_site, markdown)
