"""Says by Python's own parser what an edit changed: one JSON object a line in, one verdict a line out.

In: {"before", "after", "class", "step"}. The two files have to be the same but for the step's resource
decorators and imports of those from metaflow. Out: {"verdict", "decorators"}, what they say afterwards.
"""

import ast
import json
import sys

RESOURCES = ("resources", "kubernetes", "batch")


def resource_names(tree):
    """Local name -> Metaflow's, and the local names of the module."""
    names, modules, star = {}, set(), False
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "metaflow":
            for item in node.names:
                star = star or item.name == "*"
                if item.name in RESOURCES:
                    names[item.asname or item.name] = item.name
        elif isinstance(node, ast.Import):
            modules.update(i.asname or i.name for i in node.names if i.name == "metaflow")
    if star:
        for name in RESOURCES:
            names.setdefault(name, name)
    return names, modules


def resource_of(decorator, names, modules):
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(target, ast.Name):
        return names.get(target.id)
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        if target.value.id in modules and target.attr in RESOURCES:
            return target.attr
    return None


def read(source, class_name, step):
    """(the tree without the step's resource decorators and imports of such, what those say)"""
    tree = ast.parse(source)
    names, modules = resource_names(tree)
    said = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "metaflow":
            node.names = [item for item in node.names if item.name not in RESOURCES]
        if not (isinstance(node, ast.ClassDef) and node.name == class_name):
            continue
        for item in node.body:
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and item.name == step:
                for decorator in list(item.decorator_list):
                    name = resource_of(decorator, names, modules)
                    if name is None:
                        continue
                    item.decorator_list.remove(decorator)
                    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                    said[name] = {k.arg: value_of(k.value) for k in keywords}
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [
                n
                for n in node.body
                if not (isinstance(n, ast.ImportFrom) and n.module == "metaflow" and not n.names)
            ]
    return ast.dump(tree), said


def value_of(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return {"computed": ast.unparse(node)}


def verdict(case):
    try:
        ast.parse(case["before"])
    except (SyntaxError, ValueError):
        return {"verdict": "before is not Python"}
    try:
        after, said = read(case["after"], case["class"], case["step"])
    except (SyntaxError, ValueError) as error:
        return {"verdict": "after is not Python: %s" % error}
    before, _ = read(case["before"], case["class"], case["step"])
    if before != after:
        return {"verdict": "something else changed"}
    decorators = [{"name": name, "attributes": said[name]} for name in said]
    return {"verdict": "ok", "decorators": decorators}


for line in sys.stdin:
    print(json.dumps(verdict(json.loads(line))))
