"""Condition text to typed expression.

Of the syntax tree only the nodes of a short list are let through; nothing is ever evaluated.  Names
are looked up and types compared here, so that a condition that loads cannot fail in a run.
"""

from __future__ import annotations

import ast
import re
from decimal import Decimal

from strategies.conditions import (
    And,
    Arithmetic,
    ArithmeticOperator,
    Asked,
    Call,
    Compare,
    Comparison,
    Expression,
    Field,
    In,
    Known,
    Literal_,
    Not,
    Or,
)
from strategies.language.condition_text import Fault, offset_in, syntax_tree
from strategies.language.field_names import NoField, Typed, look_up
from strategies.language.fields import CALLS, SILENT_CHANNELS, ConditionScope
from strategies.language.problems import nearest, shortened, unknown
from strategies.language.units import SECONDS
from strategies.vocabulary import IN_APP

MAX_NESTING = 40

_COMPARE: dict[type[ast.cmpop], Comparison] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_ARITHMETIC: dict[type[ast.operator], ArithmeticOperator] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_NOT_ALLOWED: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda",
    ast.Subscript: "a subscript",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.JoinedStr: "an f-string",
    ast.IfExp: "an if-else",
    ast.NamedExpr: "an assignment",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.Starred: "a star",
}


_BAD = Typed(Literal_(False), None)


def parse_condition(text: str, scope: ConditionScope) -> tuple[Expression, list[Fault]]:
    """The expression of a condition and everything that is wrong with it.

    >>> parse_condition("orders >= 1", ConditionScope("a segment"))[0]
    Compare(op='>=', left=Field(path='orders', type='number'), right=Literal_(value=1.0))
    """
    tree, units, faults = syntax_tree(text)
    if tree is None:
        return _BAD.expression, _plainer(faults, text, scope)
    parser = _Parser(text, units, scope)
    typed = parser.read(tree)
    if not parser.faults and typed.type != "bool":
        parser.fault(tree, f"found a {typed.type}, expected something true or false, such as a comparison")
    return typed.expression, _plainer(parser.faults, text, scope)


def parse_formula(text: str, scope: ConditionScope) -> tuple[Typed, list[Fault]]:
    """What a text comes to that may be a number, a text or true or false, and everything that is wrong with it.

    >>> parse_formula("orders + 1", ConditionScope("a field"))[0].type
    'number'
    """
    tree, units, faults = syntax_tree(text)
    if tree is None:
        return _BAD, _plainer(faults, text, scope)
    parser = _Parser(text, units, scope)
    return parser.read(tree), _plainer(parser.faults, text, scope)


_HYPHENATED = re.compile(r"'[^']*'|\"[^\"]*\"|([A-Za-z_][\w.]*(?:-[A-Za-z][\w.]*)+)")


def _plainer(faults: list[Fault], text: str, scope: ConditionScope) -> list[Fault]:
    """The faults, or in their place names with a hyphen, which reads as a minus (``sends.e-mail``)."""
    found = [match for match in _HYPHENATED.finditer(text) if match[1]] if faults else []
    meant = [(match, match[1].replace("-", joint)) for match in found for joint in ("", "_")]
    known = [(match, name) for match, name in meant if _is_field(name, scope)]
    return [Fault(match.start(), f"found '{match[1]}', expected '{name}'") for match, name in known] or faults


def _is_field(name: str, scope: ConditionScope) -> bool:
    try:
        look_up(name, scope)
    except NoField:
        return False
    return True


class _Parser:
    """Walks the parsed text; collects faults and goes on."""

    def __init__(self, text: str, units: dict[int, str], scope: ConditionScope) -> None:
        self.text, self.units, self.scope = text, units, scope
        self.faults: list[Fault] = []
        self.depth = 0

    def offset(self, node: ast.AST) -> int:
        """Characters from the beginning of the condition."""
        return offset_in(self.text, getattr(node, "col_offset", 0))

    def fault(self, node: ast.AST, text: str) -> Typed:
        self.faults.append(Fault(self.offset(node), text))
        return _BAD

    def read(self, node: ast.expr) -> Typed:
        self.depth += 1
        try:
            if self.depth > MAX_NESTING:
                return self.fault(node, f"found more than {MAX_NESTING} levels of nesting in a condition")
            return self._read(node)
        finally:
            self.depth -= 1

    def _read(self, node: ast.expr) -> Typed:
        match node:
            case ast.BoolOp():
                operands = tuple(self.truth(value) for value in node.values)
                return Typed(And(operands) if isinstance(node.op, ast.And) else Or(operands), "bool")
            case ast.UnaryOp(op=ast.Not()):
                return Typed(Not(self.truth(node.operand)), "bool")
            case ast.UnaryOp(op=ast.USub()):
                return self._minus(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                return self._arithmetic(node)
            case ast.Call():
                return self._call(node)
            case ast.Name() | ast.Attribute():
                return self._field(node)
            case ast.Constant():
                return self._constant(node)
            case ast.List() | ast.Tuple():
                return self.fault(node, "found a list, expected it behind 'in': field in ['a', 'b']")
        what = _NOT_ALLOWED.get(type(node), "code")
        return self.fault(node, f"found {what}, expected fields, comparisons, and, or, not")

    def truth(self, node: ast.expr) -> Expression:
        """An operand of and, or, not."""
        typed = self.read(node)
        if typed.type in ("number", "text"):
            name = shortened(ast.unparse(node))
            example = f"{name} >= 1" if typed.type == "number" else f"{name} == '…'"
            self.fault(node, f"found the {typed.type} {name}, expected something true or false, such as {example}")
        return typed.expression

    def numeric(self, node: ast.expr) -> Typed:
        """An operand of arithmetic."""
        typed = self.read(node)
        if typed.type in ("bool", "text"):
            self.fault(node, f"found a {typed.type} in arithmetic, expected a number")
        return typed

    def _minus(self, node: ast.UnaryOp) -> Typed:
        operand = self.numeric(node.operand)
        constant = operand.expression
        if isinstance(constant, Literal_) and isinstance(constant.value, float):
            negative = Literal_(-constant.value, constant.is_duration)
            return Typed(negative, "number", is_duration=operand.is_duration)
        return Typed(Arithmetic("-", Literal_(0.0), constant), "number", is_duration=operand.is_duration)

    def _arithmetic(self, node: ast.BinOp) -> Typed:
        left, right = self.numeric(node.left), self.numeric(node.right)
        if isinstance(node.op, ast.Div) and right.expression == Literal_(0.0):
            return self.fault(node.right, "found a division by 0")
        result = Arithmetic(_ARITHMETIC[type(node.op)], left.expression, right.expression)
        return Typed(result, "number", is_duration=self._unit_of(node, left.is_duration, right.is_duration))

    def _unit_of(self, node: ast.BinOp, left: bool | None, right: bool | None) -> bool | None:
        """Is the result of arithmetic a time?  Complains where times and numbers do not go together."""
        if left is None or right is None:
            return None
        match node.op:
            case ast.Add() | ast.Sub() if left != right:
                age, other = (node.left, node.right) if left else (node.right, node.left)
                told = shortened(ast.unparse(other))
                hint = f"; did you mean {told}d?" if isinstance(other, ast.Constant) else ""
                self.fault(other, f"found {told} beside the duration {self._text(age)}, expected a duration{hint}")
            case ast.Mult() if left and right:
                self.fault(node.left, "found a product of two durations, expected a duration times a number")
            case ast.Div() if right and not left:
                self.fault(node.right, "found a number divided by a duration, expected the other way round")
                return None
            case ast.Div() if left and right:
                return False
        return left or right

    def _text(self, node: ast.expr) -> str:
        """An operand as it was written, its unit included."""
        unit = self.units.get(self.offset(node), "") if isinstance(node, ast.Constant) else ""
        return shortened(ast.unparse(node)) + unit

    def _comparison(self, node: ast.Compare) -> Typed:
        parts: list[Expression] = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            parts.append(self._compare(left, operator, right))
            left = right
        return Typed(parts[0] if len(parts) == 1 else And(tuple(parts)), "bool")

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Expression:
        if isinstance(operator, (ast.In, ast.NotIn)):
            inside = self._membership(left, right)
            return inside if isinstance(operator, ast.In) else Not(inside)
        if type(operator) not in _COMPARE:
            return self.fault(left, "found 'is', expected == or !=").expression
        first, second = self.read(left), self.read(right)
        symbol = _COMPARE[type(operator)]
        comparison = Compare(symbol, first.expression, second.expression)
        if first.type is None or second.type is None:
            return comparison
        if "bool" in (first.type, second.type):
            name = shortened(ast.unparse(left if first.type == "bool" else right))
            self.fault(left, f"found a comparison of the bool {name}, expected '{name}' or 'not {name}' alone")
        elif first.type != second.type:
            self.fault(left, f"found a comparison of a {first.type} with a {second.type}, expected the same type")
        elif first.type == "text" and symbol not in ("==", "!="):
            self.fault(left, f"found '{symbol}' between texts, expected ==, != or in")
        self._check_value(first, second, right)
        self._check_value(second, first, left)
        self._check_unit(first, second, left, right)
        return comparison

    def _check_value(self, asked: Typed, given: Typed, node: ast.expr) -> None:
        """A text with fixed values is compared with one of them."""
        value = given.expression.value if isinstance(given.expression, Literal_) else None
        if asked.values and isinstance(value, str) and value not in asked.values:
            self.fault(node, unknown("value", value, "the condition", asked.values))

    def _check_unit(self, first: Typed, second: Typed, left: ast.expr, right: ast.expr) -> None:
        """A time is compared with a time."""
        if first.is_duration is None or second.is_duration is None or first.is_duration == second.is_duration:
            return
        age, other = (left, right) if first.is_duration else (right, left)
        if isinstance(other, ast.Constant):
            example = f"a duration such as {shortened(ast.unparse(other))}d"
            self.fault(other, f"found {shortened(ast.unparse(other))}, expected {example}")
        else:
            self.fault(age, f"found a comparison of a duration with the number {shortened(ast.unparse(other))}")

    def _membership(self, left: ast.expr, right: ast.expr) -> Expression:
        asked = self.read(left)
        if not isinstance(right, (ast.List, ast.Tuple)) or not right.elts:
            return self.fault(
                right, "found something else behind 'in', expected a list: field in ['a', 'b']"
            ).expression
        values: list[float | str] = []
        for element in right.elts:
            item = self.read(element)
            if item.type is None:
                continue
            if not isinstance(item.expression, Literal_) or isinstance(item.expression.value, bool):
                self.fault(element, "found something else in the list, expected numbers or quoted texts")
            elif asked.type is not None and item.type != asked.type:
                self.fault(element, f"found a {item.type} in the list, expected a {asked.type}")
            else:
                values.append(item.expression.value)
                self._check_value(asked, item, element)
                self._check_unit(asked, item, left, element)
        if asked.type == "bool":
            self.fault(left, "found a bool before 'in', expected a number or a text")
        return In(asked.expression, tuple(values))

    def _constant(self, node: ast.Constant) -> Typed:
        value = node.value
        if isinstance(value, bool) or value is None:
            word = {True: "true", False: "false", None: "not known(x)"}[value]
            return self.fault(node, f"found {value}, expected {word}")
        if isinstance(value, str):
            return Typed(Literal_(value), "text")
        if not isinstance(value, (int, float)) or not abs(value) < 1e18:
            return self.fault(node, "found a constant that is no number, expected a number or a quoted text")
        unit = self.units.get(self.offset(node))
        if unit == "%":
            return Typed(Literal_(float(Decimal(repr(value)) / 100)), "number", is_duration=False)
        number = float(value) * SECONDS[unit] if unit else float(value)
        if unit and not number.is_integer():
            return self.fault(node, f"found {value}{unit}, expected a duration of whole seconds")
        return Typed(Literal_(number, bool(unit)), "number", is_duration=bool(unit) if value else None)

    def _field(self, node: ast.expr) -> Typed:
        path = dotted(node)
        if path is None:
            return self.fault(node, "found code, expected the name of a field")
        if path in ("true", "false"):
            return Typed(Literal_(path == "true"), "bool")
        try:
            return look_up(path, self.scope)
        except NoField as none:
            return self.fault(node, str(none))

    def _call(self, node: ast.Call) -> Typed:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name is None:
            return self.fault(node, "found a call of something else, expected one of: known, " + ", ".join(CALLS))
        call = next((call for call in CALLS if call == name), None)
        if call is None and name != "known":
            return self.fault(node, unknown("call", name, "the condition", ("known", *CALLS)))
        if node.keywords or len(node.args) > 1:
            return self.fault(node, f"found more than one argument of {name}, expected at most one name")
        argument = dotted(node.args[0]) if node.args else ""
        if argument is None:
            expected = "a field" if name == "known" else "a message"
            return self.fault(node.args[0], f"found something else in {name}(…), expected the name of {expected}")
        return self._known(node, argument) if call is None else self._asked(node, call, argument)

    def _known(self, node: ast.Call, argument: str) -> Typed:
        if not argument:
            return self.fault(node, "found known() without a field, expected known(last_order.age) or the like")
        typed = self._field(node.args[0])
        if typed.type is None:
            return _BAD
        if not isinstance(typed.expression, Field):
            return self.fault(node.args[0], f"found '{argument}' in known(…), expected the name of a field")
        return Typed(Known(typed.expression), "bool")

    def _asked(self, node: ast.Call, name: Call, message: str) -> Typed:
        sends = self.scope.sends
        if sends is None:
            return self.fault(node, f"found {name}(…), which only the steps of a chain know, in {self.scope.where}")
        if message and message not in sends:
            meant = nearest(message, sends)
            hint = f"; did you mean '{meant}'?" if meant else ""
            known = ", ".join(sends) or "none"
            return self.fault(
                node.args[0],
                f"found {name}({message}), but this chain never sends '{message}'{hint} (it sends: {known})",
            )
        channels = sends[message] if message else frozenset().union(*sends.values())
        if name == "shown" and IN_APP not in channels:
            only = f"'{message}'" if message else "no message of this chain"
            never = " never" if message else ""
            return self.fault(
                node,
                f"found {name}({message}), but {only} is{never} sent by {IN_APP}; ask delivered or opened",
            )
        if name.startswith("opened") and channels and channels <= SILENT_CHANNELS:
            only = "'" + message + "' is" if message else "the messages of this chain are"
            return self.fault(
                node,
                f"found {name}({message}), but {only} sent by SMS alone: an SMS reports no opens; ask clicked or sent",
            )
        return Typed(Asked(name, message), "bool")


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` of names and attributes, None of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before is not None else None
    return None
