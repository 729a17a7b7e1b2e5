"""A step stays as short as the paper's pseudo-code."""

import ast
import inspect
import io
import textwrap
import tokenize

import pytest

from regioncl_mm.models import RegionCLD, RegionCLM

BRANCHES = (
    *(ast.If, ast.IfExp, ast.For, ast.While, ast.BoolOp),
    ast.comprehension,
)
NO_CODE = (
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
)


def parsed(function):
    source = textwrap.dedent(inspect.getsource(function))
    return source, ast.parse(source).body[0]


def lines_of_code(function):
    """Lines with the signature, without docstring, comments, blank ones."""
    source, tree = parsed(function)
    docstring = tree.body[0]
    assert ast.get_docstring(tree)
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - {*range(docstring.lineno, docstring.end_lineno + 1)})


def branches(function):
    """Places at which a reader has two ways to follow."""
    _, tree = parsed(function)
    return sum(isinstance(node, BRANCHES) for node in ast.walk(tree))


@pytest.mark.parametrize(
    'algorithm, lines, ways', [(RegionCLM, 28, 7), (RegionCLD, 30, 4)]
)
def test_a_step_is_short(algorithm, lines, ways):
    assert lines_of_code(algorithm.loss) <= lines
    assert branches(algorithm.loss) <= ways


# fmt: off
def an_example(
    numbers, negative=False
):
    """A docstring

    of three lines.
    """
    # A comment.
    if negative and numbers:
        numbers = [-x for x in numbers]  # another

    return (
        numbers if numbers else None
    )
# fmt: on


def test_what_is_counted():
    assert lines_of_code(an_example) == 8
    assert branches(an_example) == 4
