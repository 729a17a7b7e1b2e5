"""A plugin of mypy: what a module's attribute is, is not known.

Newer torch declares that ``nn.Module.__getattr__`` returns a tensor or a
module, where torch 2.1 said ``Any``. Neither is so for a method or a number
of a module that mypy knows by its base class alone, so ``model.neck(x)`` would
be an error. With this, newer torch is checked as strictly as older.
"""

from mypy.plugin import AttributeContext, Plugin
from mypy.types import AnyType, Type, TypeOfAny, UnionType

_MODULE = 'torch.nn.modules.module.Module.'


def _any(context: AttributeContext) -> Type:
    declared = context.default_attr_type
    if isinstance(declared, UnionType):
        return AnyType(TypeOfAny.special_form)
    return declared


class ModuleAttributes(Plugin):
    def get_attribute_hook(self, fullname: str):
        return _any if fullname.startswith(_MODULE) else None


def plugin(version: str) -> type:
    return ModuleAttributes
