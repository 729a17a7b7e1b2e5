import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
# Beside the configs and tools that a wheel carries: the models' list, and
# what the stage of downstream tasks installs.
FILES = ('model-index.yml', 'requirements.txt')


def version():
    text = (ROOT / 'regioncl_mm' / 'version.py').read_text()
    return re.search(r"__version__ = '(.+)'", text).group(1)


def readme():
    path = ROOT / 'README.md'
    return path.read_text(encoding='utf-8') if path.exists() else ''


def requirements(section):
    """A section of requirements.txt, its pins as lower bounds.

    Args:
        section: How its heading begins, as `pretraining`.
    """
    text = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    start = re.search(rf'^# --- {section} .*$', text, re.M).end()
    return at_least(text[start:].partition('\n# --- ')[0])


def at_least(text):
    """The requirements among the lines of a file, each pin a lower bound."""
    return [
        # Only the first `==`: others belong to the environment marker.
        re.sub('==', '>=', line, count=1)
        for line in text.splitlines()
        if line and not line.startswith('#')
    ]


class BuildWithMim(build_py):
    """Put configs, tools and the model index in ``regioncl_mm/.mim``.

    There OpenMMLab's package manager looks for them. A wheel gets copies; an
    editable install gets links, so that they are never out of date.
    """

    def run(self):
        editable = getattr(self, 'editable_mode', False)
        if not editable:
            # A build folder left over may hold modules deleted since.
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        if editable:
            self.link(ROOT / 'regioncl_mm' / '.mim')
        else:
            self.copy(Path(self.build_lib) / 'regioncl_mm' / '.mim')

    def link(self, mim):
        mim.mkdir(exist_ok=True)
        for name in ('configs', 'tools', *FILES):
            link = mim / name
            if not link.is_symlink():
                link.symlink_to(Path('..', '..', name))

    def copy(self, mim):
        # The scripts that set up a checkout mean nothing in a wheel.
        ignore = shutil.ignore_patterns(
            *('__pycache__', '_install'),
            *('install.sh', 'quickstart.sh', 'run_tests.sh'),
        )
        for name in ('configs', 'tools'):
            shutil.copytree(ROOT / name, mim / name, ignore=ignore)
        for name in FILES:
            shutil.copy(ROOT / name, mim)


setup(
    name='regioncl_mm',
    version=version(),
    description='RegionCL self-supervised pretraining for OpenMMLab',
    long_description=readme(),
    long_description_content_type='text/markdown',
    author='regioncl_mm contributors',
    # The method's page: the package has none of its own.
    url='https://arxiv.org/abs/2111.12309',
    project_urls={
        'Paper': 'https://arxiv.org/abs/2111.12309',
        "Authors' code": 'https://github.com/Annbless/RegionCL',
    },
    license='Apache-2.0',
    keywords='self-supervised contrastive learning pretraining openmmlab',
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Science/Research',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3',
        *(f'Programming Language :: Python :: 3.{x}' for x in range(9, 15)),
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Typing :: Typed',
    ],
    packages=find_packages(include=['regioncl_mm', 'regioncl_mm.*']),
    package_data={
        'regioncl_mm': ['py.typed'],
        # The report's page and the numbers of the paper.
        'regioncl_mm.report': ['*.css', '*.html', '*.js', '*.yml'],
        'regioncl_mm.cli.pretrain': ['*.html'],
    },
    python_requires='>=3.9',
    # mmcv is not among them: pretraining runs on mmcv and on mmcv-lite
    # alike, and a requirement cannot say "one of two".
    install_requires=requirements('pretraining'),
    # The downstream libraries are none of them: some of what they require has
    # no wheel, and regioncl_mm.install knows what serves in its place.
    extras_require=dict(
        analysis=requirements('analysis'),
        docs=at_least((ROOT / 'docs' / 'requirements.txt').read_text()),
        dev=requirements('developer'),
    ),
    cmdclass={'build_py': BuildWithMim},
    zip_safe=False,
)
