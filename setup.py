import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


def version():
    text = (ROOT / 'regioncl_mm' / 'version.py').read_text()
    return re.search(r"__version__ = '(.+)'", text).group(1)


def readme():
    path = ROOT / 'README.md'
    return path.read_text(encoding='utf-8') if path.exists() else ''


def pretraining_requirements():
    """The pretraining section of requirements.txt, its pins as lower bounds.

    mmcv is not among them: pretraining runs on mmcv and on mmcv-lite alike,
    and a requirement cannot say "one of two".
    """
    text = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    section = re.search(r'^# --- pretraining .*?(?=^# ---)', text, re.M | re.S)
    lines = section.group(0).splitlines()
    return [
        # Only the first `==`: others belong to the environment marker.
        re.sub('==', '>=', line, count=1)
        for line in lines
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
        for name in ('configs', 'tools', 'model-index.yml'):
            link = mim / name
            if not link.is_symlink():
                link.symlink_to(Path('..', '..', name))

    def copy(self, mim):
        # The scripts that set up a checkout mean nothing in a wheel.
        ignore = shutil.ignore_patterns(
            '__pycache__', 'install.sh', 'quickstart.sh', 'run_tests.sh'
        )
        for name in ('configs', 'tools'):
            shutil.copytree(ROOT / name, mim / name, ignore=ignore)
        shutil.copy(ROOT / 'model-index.yml', mim)


setup(
    name='regioncl_mm',
    version=version(),
    description='RegionCL self-supervised pretraining for OpenMMLab',
    long_description=readme(),
    long_description_content_type='text/markdown',
    packages=find_packages(include=['regioncl_mm', 'regioncl_mm.*']),
    # The report's page and the numbers of the paper.
    package_data={'regioncl_mm.report': ['*.css', '*.html', '*.js', '*.yml']},
    python_requires='>=3.8,<3.13',
    install_requires=pretraining_requirements(),
    cmdclass={'build_py': BuildWithMim},
    zip_safe=False,
)
