"""Where in its source a step asks for resources."""

import ast
import inspect


def describe_place(flow_class, step, decorator_line):
    """Where to paste `decorator_line` for a step, in words: a file, a line, and what is there now."""
    name = decorator_line.lstrip("@").split("(")[0]
    for base in flow_class.__mro__:
        if step not in base.__dict__:
            continue
        try:
            path = inspect.getsourcefile(base)
            with open(path, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, TypeError, SyntaxError):
            break
        function = _find_step(tree, base.__name__, step)
        if function is not None:
            return _place(path, function, name)
    return "above the step %s; its source was not found here" % step


def _find_step(tree, class_name, step):
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == step:
                    return item
    return None


def _place(path, function, name):
    lines = [item.lineno for item in function.decorator_list if _name_of(item) == name]
    if lines:
        return "%s, line %d, instead of the @%s there" % (path, lines[0], name)
    first = min([item.lineno for item in function.decorator_list] + [function.lineno])
    return "%s, above line %d" % (path, first)


def _name_of(decorator):
    """`resources` of `@resources`, `@resources(…)` and `@metaflow.resources(…)`; an alias is not followed."""
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(target, "attr", getattr(target, "id", None))
