"""What OpenMMLab's packages lack with a newer Python, torch or numpy.

``regioncl_mm`` imports this before anything else. Each module is one repair:
its docstring says what breaks and where, ``needed()`` whether that is so
here, and ``apply()`` mends it. Nothing is touched where it is not needed,
and nothing that is installed is replaced by a stand-in.
"""

from . import (
    data_loaders,
    find_loader,
    hue,
    installed_packages,
    missing_modules,
    multimodal,
    resume,
    save,
)

# Modules that may be missing first: the others import OpenMMLab's packages.
REPAIRS = (
    missing_modules,
    find_loader,
    installed_packages,
    multimodal,
    data_loaders,
    hue,
    resume,
    save,
)

for repair in REPAIRS:
    if repair.needed():
        repair.apply()
