"""Which strings of a chapter's code are words for its reader: printed, drawn, or put into a table.

A string counts as words only where its value goes nowhere else: it is followed through names, lists,
tuples, values of dictionaries, f-strings, conditionals, loops and the chapter's own functions, over all
cells. One that is compared, used as an index, or handed to a function not known here is not. A key of a
dictionary may be words where the dictionary is drawn or gone through, but never asked for a key.
"""

import ast
from collections.abc import Iterable, Iterator

# The way from a container to the words in it: an index, "*" for any element, "key" or "value".
Way = tuple[int | str, ...]

SHOWN = {"print", "Picture", "input", "display", "Markdown", "HTML", "SystemExit"}
SHOWN_PREFIXES = ("plot_", "show_")
DRAWN = {
    "set_title", "title", "set_xlabel", "xlabel", "set_ylabel", "ylabel", "suptitle", "supxlabel",
    "supylabel", "text", "annotate", "legend", "set_xticks", "set_yticks", "xticks", "yticks",
    "set_xticklabels", "set_yticklabels", "set_label", "figtext", "bar", "barh",
}  # fmt: skip
DRAWN_KEYWORDS = {"label", "labels", "title", "xlabel", "ylabel", "s", "text", "desc"}
# Calls that hand on what they are given; of text methods, those that keep it a text for the reader.
SAME_ELEMENTS = {"list", "tuple", "reversed", "chain"}
TEXT_METHODS = {"format", "join", "strip", "lstrip", "rstrip", "ljust", "rjust", "center", "capitalize"}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Words = ast.Constant | ast.JoinedStr


class NotWords(Exception):
    """A phrase that says what else a string is used for."""


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
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def element(way: Way) -> Way | None:
    """Return the way from an element that a loop takes from a container, None if it has no words."""
    if not way:
        raise NotWords("taken apart letter by letter")
    return None if way[0] == "value" else way[1:]


def any_of(way: Way) -> Way:
    """Return a way on which the place among the elements does not count."""
    return ("*", *way[1:]) if way and isinstance(way[0], int) else way


def names_in(target: ast.AST) -> Iterator[ast.Name]:
    """Yield the names that a target binds."""
    found = (node for node in ast.walk(target) if isinstance(node, ast.Name))
    return (node for node in found if isinstance(node.ctx, ast.Store))


class ChapterCode:
    """The code cells of a chapter, read as one program.

    Parameters
    ----------
    sources
        The code of the cells, in their order. ``cells`` holds their trees, in the same order.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self.cells = [without_docstrings(source) for source in sources]
        self.program = ast.Module([statement for cell in self.cells for statement in cell.body], [])
        self.parents = {
            child: node for node in ast.walk(self.program) for child in ast.iter_child_nodes(node)
        }
        self.order = {node: place for place, node in enumerate(self.in_order(self.program))}
        names = [node for node in self.order if isinstance(node, ast.Name)]
        self.stores: dict[tuple[ast.AST, str], list[ast.AST]] = {}
        self.uses: dict[tuple[ast.AST, str], list[ast.Name]] = {}
        bound = [node for node in self.order if isinstance(node, ast.arg | ast.FunctionDef)]
        bound += [name for name in names if isinstance(name.ctx, ast.Store)]
        for node in bound:
            name = (
                node.id
                if isinstance(node, ast.Name)
                else node.arg
                if isinstance(node, ast.arg)
                else node.name
            )
            self.stores.setdefault((self.home(node), name), []).append(node)
        for node in (name for name in names if isinstance(name.ctx, ast.Load)):
            self.uses.setdefault((self.scope(node), node.id), []).append(node)
        self.known: dict[Words, str] = {}

    def in_order(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield a tree's nodes as they are written."""
        yield node
        for child in ast.iter_child_nodes(node):
            yield from self.in_order(child)

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield each node above one, with the child through which it is reached."""
        while parent := self.parents.get(node):
            yield parent, node
            node = parent

    def home(self, node: ast.AST) -> ast.AST:
        """Return the comprehension, function or program to which a binding belongs."""
        above = list(self.above(node))
        loop = any(
            isinstance(parent, ast.comprehension) and child is parent.target for parent, child in above
        )
        kinds = (*FUNCTIONS, *COMPREHENSIONS) if loop else FUNCTIONS
        return next((parent for parent, _ in above if isinstance(parent, kinds)), self.program)

    def scope(self, name: ast.Name) -> ast.AST:
        """Return the comprehension, function or program in which a name is looked up."""
        for parent, _ in self.above(name):
            if isinstance(parent, (*FUNCTIONS, *COMPREHENSIONS)) and (parent, name.id) in self.stores:
                return parent
        return self.program

    def sources_of(self, use: ast.Name) -> list[ast.AST]:
        """Return the bindings that may have given a name its value where it is used."""
        scope = self.scope(use)
        stores = self.stores.get((scope, use.id), [])
        above = list(self.above(use))
        if scope is not self.program or any(isinstance(parent, FUNCTIONS) for parent, _ in above):
            return stores
        last = -1
        for parent, child in above:
            loop = isinstance(parent, ast.For) and child in parent.body
            if loop and (own := [name for name in names_in(parent.target) if name.id == use.id]):
                last = self.order[own[0]]
                break
            bodies = (body for _, body in ast.iter_fields(parent) if isinstance(body, list) and child in body)
            before = next((body[: body.index(child)] for body in bodies), [])
            if certain := [statement for statement in before if self.surely_binds(statement, use.id)]:
                last = self.order[certain[-1]]
                break
        loops = {parent for parent, _ in above if isinstance(parent, ast.For | ast.While)}
        repeated = [store for store in stores if any(parent in loops for parent, _ in self.above(store))]
        return [
            store
            for store in stores
            if self.order[store] >= last and (self.order[store] < self.order[use] or store in repeated)
        ]

    def surely_binds(self, statement: ast.AST, name: str) -> bool:
        """Tell whether a statement binds a name whatever happens."""
        if isinstance(statement, ast.FunctionDef):
            return statement.name == name
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        targets = [statement.target] if isinstance(statement, ast.AnnAssign) and statement.value else targets
        return any(found.id == name for target in targets for found in names_in(target))

    def misuse(self, text: Words) -> str:
        """Return "" if a string is words for the reader, else a phrase that says what else it is used for."""
        if text not in self.known:
            self.visited: set[tuple[ast.AST, Way]] = set()
            try:
                self.follow(text, ())
                self.known[text] = ""
            except NotWords as reason:
                self.known[text] = str(reason)
        return self.known[text]

    def bind(self, target: ast.AST, way: Way | None) -> None:
        """Follow words into a target of an assignment or a loop."""
        if way is None:
            return
        match target:
            case ast.Name() | ast.arg():
                name = target.id if isinstance(target, ast.Name) else target.arg
                for use in self.uses.get((self.home(target), name), []):
                    if target in self.sources_of(use):
                        self.follow(use, way)
            case ast.Tuple() | ast.List():
                if not way:
                    raise NotWords("taken apart letter by letter")
                if any(isinstance(part, ast.Starred) for part in target.elts):
                    raise NotWords("unpacked into a starred name")
                for place, part in enumerate(target.elts):
                    if way[0] in (place, "*"):
                        self.bind(part, way[1:])
            case ast.Subscript(value=ast.Name()):
                self.put_into(target.value, ("value", *way))
            case _:
                raise NotWords(f"kept in {ast.unparse(target)}")

    def put_into(self, container: ast.AST, way: Way) -> None:
        """Follow words into a container that has a name."""
        if not isinstance(container, ast.Name):
            raise NotWords(f"put into {ast.unparse(container)}")
        for store in self.sources_of(container):
            self.bind(store, way)

    def follow(self, node: ast.AST, way: Way) -> None:
        """Follow a value that holds words to all places where it is used; raise NotWords at a wrong one."""
        if (node, way) in self.visited:
            return
        self.visited.add((node, way))
        parent = self.parents[node]
        match parent:
            case ast.Expr() | ast.Raise():
                return
            case ast.FormattedValue() if node is parent.format_spec:
                raise NotWords(f"a format in {excerpt(parent)}")
            case ast.FormattedValue() | ast.JoinedStr():
                self.follow(parent, ())
            case ast.IfExp() if node is not parent.test:
                self.follow(parent, way)
            case ast.BoolOp() | ast.BinOp(op=ast.Add() | ast.Mult() | ast.BitOr()):
                self.follow(parent, any_of(way))
            case ast.Starred():
                self.follow(parent, way)
            case ast.List() | ast.Tuple():
                if isinstance(node, ast.Starred):
                    inside = element(way)
                    return None if inside is None else self.follow(parent, ("*", *inside))
                starred = any(isinstance(part, ast.Starred) for part in parent.elts)
                self.follow(parent, ("*" if starred else parent.elts.index(node), *way))
            case ast.Dict():
                if node in parent.keys:
                    self.follow(parent, ("key", *way))
                else:
                    merged = parent.keys[parent.values.index(node)] is None
                    self.follow(parent, way if merged else ("value", *way))
            case ast.DictComp():
                self.follow(parent, ("key" if node is parent.key else "value", *way))
            case ast.ListComp() | ast.GeneratorExp():
                self.follow(parent, ("*", *way))
            case ast.comprehension() | ast.For() if node is parent.iter:
                self.bind(parent.target, element(way))
            case ast.Assign():
                for target in parent.targets:
                    self.bind(target, way)
            case ast.AnnAssign() | ast.AugAssign(op=ast.Add() | ast.BitOr()):
                self.bind(parent.target, any_of(way))
            case ast.NamedExpr():
                self.bind(parent.target, way)
                self.follow(parent, way)
            case ast.Return():
                self.returned(
                    next(above for above, _ in self.above(node) if isinstance(above, FUNCTIONS)), way
                )
            case ast.Subscript() if node is parent.value:
                self.indexed(parent, way)
            case ast.Attribute():
                self.method(parent, way)
            case ast.Call():
                self.argument(parent, parent.args.index(node), None, way, isinstance(node, ast.Starred))
            case ast.keyword():
                self.argument(self.parents[parent], None, parent.arg, way, parent.arg is None)
            case ast.Compare():
                raise NotWords(f"compared in {excerpt(parent)}")
            case ast.Subscript():
                raise NotWords(f"used as a key in {excerpt(parent)}")
            case _:
                raise NotWords(f"used in {excerpt(parent)}")

    def indexed(self, subscript: ast.Subscript, way: Way) -> None:
        """Follow words out of a container, by an index or a key."""
        if not way:
            raise NotWords(f"cut in {excerpt(subscript)}")
        if way[0] == "key":
            raise NotWords(f"a key of {excerpt(subscript.value)}, which is asked for a key")
        if isinstance(subscript.ctx, ast.Store):
            return
        index = subscript.slice
        if isinstance(index, ast.Slice):
            self.follow(subscript, any_of(way))
        elif not (
            isinstance(index, ast.Constant)
            and isinstance(index.value, int)
            and isinstance(way[0], int)
            and index.value != way[0]
        ):
            self.follow(subscript, way[1:])

    def method(self, attribute: ast.Attribute, way: Way) -> None:
        """Follow words through a method of the text or container that holds them."""
        call, name = self.parents[attribute], attribute.attr
        if not isinstance(call, ast.Call) or call.func is not attribute:
            raise NotWords(f"used in {ast.unparse(attribute)}")
        if not way and name in TEXT_METHODS:
            self.follow(call, ())
        elif way and way[0] in ("key", "value") and name in ("items", "keys", "values"):
            if name == "items":
                self.follow(call, ("*", int(way[0] == "value"), *way[1:]))
            elif name == f"{way[0]}s":
                self.follow(call, ("*", *way[1:]))
        elif way and way[0] == "value" and name in ("get", "pop"):
            self.follow(call, way[1:])
        elif not (way and name in ("append", "extend", "insert", "update", "setdefault")):
            raise NotWords(f"used in {excerpt(call)}")

    def argument(
        self, call: ast.Call, place: int | None, keyword: str | None, way: Way, starred: bool
    ) -> None:
        """Follow words into a call, as its argument at a place or with a keyword."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        method = isinstance(call.func, ast.Attribute)
        if name in ("say", "text") and not method:
            shown = place is None or place > 0
        elif method and name in DRAWN:
            shown = keyword is None or keyword in DRAWN_KEYWORDS
        else:
            shown = name in SHOWN or name.startswith(SHOWN_PREFIXES) or (method and keyword in DRAWN_KEYWORDS)
        if shown or isinstance(self.parents[call], ast.Raise):
            return
        if starred:
            raise NotWords(f"unpacked in {excerpt(call)}")
        if name == "len" and way:
            return
        if name in ("join", "format", "str"):
            self.follow(call, ())
        elif name in SAME_ELEMENTS:
            self.handed_on(call, ("*",), way)
        elif name == "next" and place == 0 and (inside := element(way)) is not None:
            self.follow(call, inside)
        elif name == "enumerate":
            self.handed_on(call, ("*", 1), way)
        elif name == "zip":
            self.handed_on(call, ("*", place), way)
        elif name == "dict" and keyword:
            self.follow(call, ("value", *way))
        elif name == "dict" and way[:1] == ("*",) and way[1:2] in ((0,), (1,)):
            self.follow(call, ("value" if way[1] else "key", *way[2:]))
        elif name == "sorted" and (orders := [word.value for word in call.keywords if word.arg == "key"]):
            if not isinstance(orders[0], ast.Lambda):
                raise NotWords(f"put in order by {ast.unparse(orders[0])}")
            self.bind(orders[0].args.args[0], element(way))
            self.handed_on(call, ("*",), way)
        elif name == "append" and method:
            self.put_into(call.func.value, ("*", *way))
        elif name == "extend" and method:
            inside = element(way)
            if inside is not None:
                self.put_into(call.func.value, ("*", *inside))
        elif name == "get" and method and place == 1:
            self.follow(call, way)
        elif function := self.own_function(call):
            parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
            given = (
                [word for word in parameters if word.arg == keyword]
                if keyword
                else parameters[place : place + 1]
            )
            if not given:
                raise NotWords(f"handed to {name} under no name of its own")
            self.bind(given[0], way)
        else:
            raise NotWords(f"handed to {name}")

    def handed_on(self, call: ast.Call, outside: Way, way: Way) -> None:
        """Follow the elements of a container through a call that hands them on."""
        inside = element(way)
        if inside is not None:
            self.follow(call, (*outside, *inside))

    def own_function(self, call: ast.Call) -> ast.FunctionDef | None:
        """Return the chapter's own function that is called, if it is one."""
        if not isinstance(call.func, ast.Name):
            return None
        found = self.sources_of(call.func)
        return found[0] if len(found) == 1 and isinstance(found[0], ast.FunctionDef) else None

    def returned(self, function: ast.AST, way: Way) -> None:
        """Follow what a function of the chapter returns to all its calls."""
        if not isinstance(function, ast.FunctionDef):
            raise NotWords("returned by a lambda")
        for use in self.uses.get((self.home(function), function.name), []):
            call = self.parents[use]
            if not (isinstance(call, ast.Call) and call.func is use):
                raise NotWords(f"returned by {function.name}, which is handed on in {excerpt(call)}")
            self.follow(call, way)

    def words(self, cell: int) -> list[Words]:
        """Return the strings of a cell that are words for the reader, f-strings as a whole."""
        texts = [node for node in ast.walk(self.cells[cell]) if is_text(node)]
        whole = [
            node for node in texts if not isinstance(self.parents[node], ast.JoinedStr | ast.FormattedValue)
        ]
        return [node for node in whole if not self.misuse(node)]
