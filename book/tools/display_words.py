"""Which strings of a chapter's code are words for its reader: printed, drawn, or put into a table.

The cells are run in thought, all of them as one program: each expression has a ``Value``, which tells which
strings of the code it may be and which lie in it. A string counts as words only where its value goes nowhere
else. One that is compared, used as an index, or handed to a function not known here does not. A key of a
dictionary may be words where the dictionary is drawn or gone through, but is never asked for a key.
"""

import ast
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator

SHOWN = {"print", "Picture", "input", "display", "Markdown", "HTML", "SystemExit"}
SHOWN_PREFIXES = ("plot_", "show_")
DRAWN = {
    "set_title", "title", "set_xlabel", "xlabel", "set_ylabel", "ylabel", "suptitle", "supxlabel",
    "supylabel", "text", "annotate", "legend", "set_xticks", "set_yticks", "xticks", "yticks",
    "set_xticklabels", "set_yticklabels", "set_label", "figtext", "bar", "barh",
}  # fmt: skip
DRAWN_KEYWORDS = {"label", "labels", "title", "xlabel", "ylabel", "s", "text", "desc"}
# What makes one text for the reader of another.
TEXT_METHODS = {
    "str",
    "format",
    "join",
    "strip",
    "lstrip",
    "rstrip",
    "ljust",
    "rjust",
    "center",
    "capitalize",
}
Words = ast.Constant | ast.JoinedStr
BODY = (ast.stmt, ast.ExceptHandler, ast.withitem)
UNMET = "in code that is not followed"


class Value:
    """What is known of a value; a container is changed in place, as in Python.

    Parameters
    ----------
    texts
        The strings of the code that it may be, or of which it is put together.
    parts
        What may lie in it: at an index, at any index ("*"), as "key" and as "value" of a dictionary.
    call
        What it gives when it is called, if it is a function of the chapter.
    """

    def __init__(
        self,
        texts: Iterable[Words] = (),
        parts: dict[int | str, "Value"] | None = None,
        call: Callable[..., "Value"] | None = None,
    ) -> None:
        self.texts, self.parts, self.call = frozenset(texts), parts or {}, call

    def put(self, place: int | str, value: "Value") -> None:
        """Let something lie at a place, beside what may lie there already."""
        self.parts[place] = union(value, *([self.parts[place]] if place in self.parts else []))

    def at(self, *places: int | str) -> "Value":
        """Return what may lie at any of some places."""
        return union(*(self.parts[place] for place in places if place in self.parts))

    def unordered(self) -> "Value":
        """Return it as a list of which the places are not known."""
        return Value(self.texts, {"*": self.at(*self.parts)})

    def all_texts(self) -> Iterator[Words]:
        """Yield the strings in it, however deep."""
        yield from self.texts
        for part in self.parts.values():
            yield from part.all_texts()


def union(*values: Value) -> Value:
    """Return what may be any of some values; one alone is itself."""
    first, *others = dict.fromkeys(values) or [Value()]
    if not others:
        return first
    both = Value(first.texts.union(*(other.texts for other in others)), {}, first.call)
    for value in (first, *others):
        both.call = both.call or value.call
        for place, part in value.parts.items():
            both.put(place, part)
    return both


Scope = ChainMap[str, Value]


def is_text(node: ast.AST) -> bool:
    """Tell a string, with placeholders or without."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def excerpt(node: ast.AST) -> str:
    """Return a piece of code, short enough for a sentence."""
    words = " ".join(ast.unparse(node).split())
    return words if len(words) <= 80 else f"{words[:77]}..."


def without_docstrings(source: str) -> ast.Module:
    """Return the syntax tree of a cell without the docstrings of its functions and classes."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


class ChapterCode:
    """The code cells of a chapter, read as one program.

    Parameters
    ----------
    sources
        The code of the cells, in their order. ``cells`` holds their trees, in the same order.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self.cells = [without_docstrings(source) for source in sources]
        texts = (node for cell in self.cells for node in ast.walk(cell) if is_text(node))
        self.misused = dict.fromkeys(texts, UNMET)
        self.running: list[ast.AST] = []
        self.returned: list[Value] = []
        scope: Scope = ChainMap()
        for cell in self.cells:
            for statement in cell.body:
                self.execute(statement, scope)

    def misuse(self, text: Words) -> str:
        """Return "" if a string is words for the reader, else a phrase that says what else it is used for."""
        return self.misused.get(text, "")

    def words(self, cell: int) -> list[Words]:
        """Return the strings of a cell that are words for the reader, f-strings as a whole."""
        nodes = list(ast.walk(self.cells[cell]))
        joined = (node for node in nodes if isinstance(node, ast.JoinedStr | ast.FormattedValue))
        inside = {child for node in joined for child in ast.iter_child_nodes(node)}
        return [node for node in nodes if is_text(node) and node not in inside and not self.misuse(node)]

    def refuse(self, value: Value, reason: str) -> Value:
        """Note that the strings in a value are not words for the reader alone; return a value without any."""
        for text in value.texts:
            self.misused.setdefault(text, reason)
        for part in (*value.parts.values(), *([value.call()] if value.call else [])):
            self.refuse(part, reason)
        return Value()

    def refuse_parts(self, node: ast.AST, scope: Scope) -> Value:
        """Refuse all words in a piece of code that does something else with them than to show them."""
        kind = "compared" if isinstance(node, ast.Compare) else "used"
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                self.refuse(self.evaluate(part, scope), f"{kind} in {excerpt(node)}")
        return Value()

    def execute(self, statement: ast.AST, scope: Scope) -> None:
        """Run a statement, or a part of one that holds others."""
        match statement:
            case ast.Expr(value):
                self.evaluate(value, scope)
            case ast.Raise(ast.Call(args=args)):
                self.sequence(args, scope)
            case ast.Assign(targets, value):
                found = self.evaluate(value, scope)
                for target in targets:
                    self.bind(target, found, scope)
            case ast.AugAssign(target, ast.Add(), value):
                both = union(self.evaluate(target, scope), self.evaluate(value, scope))
                self.bind(target, both.unordered(), scope)
            case ast.Return(ast.expr() as value):
                self.returned.append(self.evaluate(value, scope))
            case ast.FunctionDef(name):
                scope[name] = self.function(statement, scope)
                scope[name].call()
            case ast.For(target, items):
                self.bind(target, self.taken_from(self.evaluate(items, scope)), scope)
                self.run_bodies(statement, scope)
            case _:
                self.refuse_parts(statement, scope)
                self.run_bodies(statement, scope)

    def run_bodies(self, statement: ast.AST, scope: Scope) -> None:
        """Run what stands in a statement: any of it, and as often as a loop may go round."""
        lists = [value for _, value in ast.iter_fields(statement) if isinstance(value, list)]
        bodies = [[part for part in body if isinstance(part, BODY)] for body in lists]
        for body in bodies * 2:  # the second time meets what the first has left
            before = dict(scope.maps[0])
            for part in body:
                self.execute(part, scope)
            for name, value in before.items():
                scope[name] = union(value, scope[name])

    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Give a value to the target of an assignment or a loop."""
        match target:
            case ast.Name(name):
                scope[name] = value
            case ast.Tuple(parts) if not any(isinstance(part, ast.Starred) for part in parts):
                self.refuse(Value(value.texts), "taken apart letter by letter")
                for place, part in enumerate(parts):
                    self.bind(part, value.at(place, "*", "key"), scope)
            case ast.Subscript(ast.Name() as container, index):
                keys = union(self.evaluate(index, scope), self.evaluate(container, scope).at("key"))
                self.refuse(keys, f"used as a key in {excerpt(target)}")
                self.evaluate(container, scope).put("value", value)
            case _:
                self.refuse(value, f"kept in {ast.unparse(target)}")

    def taken_from(self, container: Value) -> Value:
        """Return what a loop may take from a container."""
        self.refuse(Value(container.texts), "taken apart letter by letter")
        return container.at(*(place for place in container.parts if place != "value"))

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """Return what is known of the value of an expression."""
        match node:
            case ast.Constant(str()):
                return self.meet(node)
            case ast.JoinedStr(parts):
                return union(self.meet(node), *(self.evaluate(part, scope) for part in parts))
            case ast.FormattedValue(value, _, form):
                if form:
                    self.refuse(self.evaluate(form, scope), f"a format in {excerpt(node)}")
                return Value(self.evaluate(value, scope).all_texts())
            case ast.Name(name):
                return scope.setdefault(name, Value())
            case ast.List(parts) | ast.Tuple(parts):
                return self.sequence(parts, scope)
            case ast.Dict(keys, values):
                found = Value()
                for key, value in zip(keys, values, strict=True):
                    found.put("key", self.evaluate(key, scope) if key else Value())
                    found.put("value", self.evaluate(value, scope))
                return found
            case ast.IfExp(test, body, orelse):
                self.refuse(self.evaluate(test, scope), f"used in {excerpt(node)}")
                return union(self.evaluate(body, scope), self.evaluate(orelse, scope))
            case ast.BoolOp(_, parts):
                return union(*(self.evaluate(part, scope) for part in parts))
            case ast.BinOp(left, ast.Add() | ast.Mult(), right):
                return union(self.evaluate(left, scope), self.evaluate(right, scope)).unordered()
            case ast.Subscript():
                return self.subscript(node, scope)
            case ast.Lambda():
                return self.function(node, scope)
            case ast.ListComp(item, loops) | ast.SetComp(item, loops) | ast.GeneratorExp(item, loops):
                return Value(parts={"*": self.evaluate(item, self.inside(loops, scope))})
            case ast.DictComp(key, value, loops):
                inner = self.inside(loops, scope)
                return Value(parts={"key": self.evaluate(key, inner), "value": self.evaluate(value, inner)})
            case ast.Call():
                return self.called(node, scope)
            case _:
                return self.refuse_parts(node, scope)

    def meet(self, text: Words) -> Value:
        """Return the value of a string, which counts as words until it is used otherwise."""
        if self.misused.get(text) == UNMET:
            del self.misused[text]
        return Value({text})

    def sequence(self, parts: Iterable[ast.expr], scope: Scope) -> Value:
        """Return a list or tuple of some parts; behind a starred one, places are not known."""
        found, is_ordered = Value(), True
        for place, part in enumerate(parts):
            is_ordered = is_ordered and not isinstance(part, ast.Starred)
            if isinstance(part, ast.Starred):
                found.put("*", self.taken_from(self.evaluate(part.value, scope)))
            else:
                found.put(place if is_ordered else "*", self.evaluate(part, scope))
        return found

    def subscript(self, node: ast.Subscript, scope: Scope) -> Value:
        """Return what is taken from a container, by an index or a key."""
        container, index = self.evaluate(node.value, scope), node.slice
        self.refuse(self.evaluate(index, scope), f"used as a key in {excerpt(node)}")
        self.refuse(Value(container.texts), f"cut in {excerpt(node)}")
        self.refuse(container.at("key"), f"a key of {excerpt(node.value)}, which is asked for a key")
        if isinstance(index, ast.Slice):
            return container.unordered()
        places = [index.value, "*", "value"] if isinstance(index, ast.Constant) else container.parts
        return container.at(*places)

    def inside(self, loops: Iterable[ast.comprehension], scope: Scope) -> Scope:
        """Return the scope inside a comprehension."""
        inner = scope.new_child()
        for loop in loops:
            self.bind(loop.target, self.taken_from(self.evaluate(loop.iter, inner)), inner)
            for test in loop.ifs:
                self.refuse(self.evaluate(test, inner), f"used in {excerpt(test)}")
        return inner

    def function(self, node: ast.FunctionDef | ast.Lambda, scope: Scope) -> Value:
        """Return a function of the chapter."""
        self.refuse_parts(node.args, scope)
        names = [one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)]

        def call(*places: Value, **keywords: Value) -> Value:
            given = dict(zip(names, places, strict=False)) | keywords
            if node in self.running or len(places) > len(names) or given.keys() - {*names}:
                return self.refuse(Value(parts=dict(enumerate(places)) | keywords), "handed on")
            inner = scope.new_child({name: Value() for name in names} | given)
            returned, self.returned = self.returned, []
            self.running.append(node)
            for statement in node.body if isinstance(node, ast.FunctionDef) else [ast.Return(node.body)]:
                self.execute(statement, inner)
            self.running.pop()
            found, self.returned = union(*self.returned), returned
            return found

        return Value(call=call)

    def called(self, node: ast.Call, scope: Scope) -> Value:
        """Return what a call gives, and refuse the words that it is handed and does not show."""
        is_method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if is_method else ast.unparse(node.func)
        holder = self.evaluate(node.func.value if is_method else node.func, scope)
        listed = self.sequence(node.args, scope)
        keywords = {one.arg: self.evaluate(one.value, scope) for one in node.keywords}
        if name in SHOWN or name.startswith(SHOWN_PREFIXES):
            return Value()
        if is_method and name in DRAWN:
            listed = Value()
        if is_method:
            keywords = {key: keywords[key] for key in keywords if key not in DRAWN_KEYWORDS}
        is_plain = "*" not in listed.parts and None not in keywords
        places = list(listed.parts.values())
        if is_plain and holder.call and not is_method:
            return holder.call(*places, **keywords)
        found = self.handed_on(node, name, holder, places, keywords) if is_plain else None
        if not found:
            self.refuse(holder, f"used in {excerpt(node)}")
            self.refuse(Value(parts={**listed.parts, **keywords}), f"handed to {name}")
        return found or Value()

    def handed_on(
        self, call: ast.Call, name: str, holder: Value, places: list[Value], keywords: dict[str, Value]
    ) -> Value | None:
        """Return what a call gives that hands on what its text or container holds; None if it does not."""
        match name, places, keywords:
            case "items", [], _:
                return Value(parts={"*": Value(parts={0: holder.at("key"), 1: holder.at("value")})})
            case "keys" | "values", [], _:
                return Value(parts={"*": holder.at(name[:-1])})
            case "get", [key, *other], _:
                self.refuse(union(key, holder.at("key")), f"used as a key in {excerpt(call)}")
                return union(holder.at("value"), *other)
            case "append", [value], _ if isinstance(call.func.value, ast.Name):
                holder.put("*", value)
                return Value()
            case "say" | "text", [key, *_], _:
                return self.refuse(key, f"handed to {name}")
            case "len", [one], _ if not one.texts:
                return Value()
            case "list" | "tuple", [one], _:
                return Value(parts={"*": self.taken_from(one)})
            case "enumerate", [one, *_], _:
                return Value(parts={"*": Value(parts={1: self.taken_from(one)})})
            case "zip", _, _:
                return Value(parts={"*": Value(parts=dict(enumerate(map(self.taken_from, places))))})
            case "next", [one, *other], _:
                return union(self.taken_from(one), *other)
            case "sorted", [one], {"key": order} if order.call:
                self.refuse(order.call(self.taken_from(one)), "put in order by its letters")
                return Value(parts={"*": self.taken_from(one)})
        if name in TEXT_METHODS and not holder.parts:
            given = (holder, *places, *keywords.values())
            return Value(text for value in given for text in value.all_texts())
        return None
