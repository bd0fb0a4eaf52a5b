"""The auditor's own reading of conditions: three-valued, one customer at a time."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from tests.audit.words import SECOND_OF

Lookup = Callable[[str], Any]
"""Field path → value, None when missing."""
Question = Callable[[str, str], bool | None]
"""(call, message) → answer, None when unknown."""

CALLS = ("sent", "delivered", "opened", "opened_by_person", "clicked")
_DURATION = re.compile(r"(?<![\w.'\"])(\d+(?:\.\d+)?)([smhdw])(?!\w)")


@lru_cache(maxsize=1_000)
def _tree(text: str) -> ast.expr:
    plain = _DURATION.sub(lambda match: repr(float(match[1]) * SECOND_OF[match[2]]), text.replace("\n", " "))
    return ast.parse(plain.strip(), mode="eval").body


def holds(text: str | None, lookup: Lookup, question: Question | None = None) -> bool:
    """Whether a condition is true (no condition is)."""
    return text is None or _truth(_tree(text), lookup, question) is True


def value_of(text: str, lookup: Lookup, question: Question | None = None) -> Any:
    """What a formula comes to: a number, a text or true or false; None when unknown."""
    node = _tree(text)
    if isinstance(node, (ast.BinOp, ast.Name, ast.Attribute)) or isinstance(getattr(node, "op", None), ast.USub):
        return _value(node, lookup)
    return _truth(node, lookup, question)


def _truth(node: ast.expr, lookup: Lookup, question: Question | None) -> Any:
    if isinstance(node, ast.BoolOp):
        truths = [_truth(value, lookup, question) for value in node.values]
        decisive = isinstance(node.op, ast.Or)
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = _truth(node.operand, lookup, question)
        return None if truth is None else not truth
    if isinstance(node, ast.Compare):
        values = [_value(part, lookup) for part in (node.left, *node.comparators)]
        truths = [_compare(op, *pair) for op, pair in zip(node.ops, itertools.pairwise(values), strict=True)]
        return False if False in truths else None if None in truths else True
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        if node.func.id == "known":
            return lookup(_path(node.args[0])) is not None
        assert question is not None
        return question(node.func.id, _path(node.args[0]) if node.args else "")
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in ("true", "false"):
        return node.id == "true"
    return lookup(_path(node))


def _compare(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    match op:
        case ast.Lt():
            return bool(left < right)
        case ast.LtE():
            return bool(left <= right)
        case ast.Gt():
            return bool(left > right)
        case ast.GtE():
            return bool(left >= right)
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.In():
            return left in right
        case ast.NotIn():
            return left not in right
    raise ValueError(ast.dump(op))


def _value(node: ast.expr, lookup: Lookup) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_value(item, lookup) for item in node.elts]
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, lookup)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, lookup), _value(node.right, lookup)
        if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
            return None
        match node.op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
        raise ValueError(ast.dump(node))
    return lookup(_path(node))


def _path(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_path(node.value)}.{node.attr}"
    assert isinstance(node, ast.Name), ast.dump(node)
    return node.id
