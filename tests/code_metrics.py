"""Measures the form of the code: `python -m tests.code_metrics [FOLDER]`.

Counts what a newcomer stumbles over: names of one word, one name for several definitions, tiny modules that
only one other module imports, long files and functions, complex functions, JSON columns. Leaves tests and
migrations out. `--names` lists the names, too.
"""

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

DJANGO_DEMANDS = {"Command"}
TINY = 30  # lines
BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.comprehension, ast.Assert)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class CodeMetrics:
    """What `measure_code` found: names as defined, lengths by path, functions by `path:line name`."""

    names: list[str] = field(default_factory=list)
    file_lengths: dict[str, int] = field(default_factory=dict)
    function_lengths: dict[str, int] = field(default_factory=dict)
    complexities: dict[str, int] = field(default_factory=dict)
    json_fields: Counter[str] = field(default_factory=Counter)  # by package
    importers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def public_names(self) -> list[str]:
        return [name for name in self.names if not name.startswith("_")]

    @property
    def one_word_names(self) -> list[str]:
        return [name for name in self.names if count_words(name) == 1]

    @property
    def repeated_names(self) -> list[str]:
        uses = Counter(self.names)
        return [name for name in self.names if uses[name] > 1]

    @property
    def tiny_modules(self) -> list[str]:
        """Modules under 30 lines that exactly one other module imports."""
        return [
            path
            for path, lines in self.file_lengths.items()
            if lines < TINY
            and not path.endswith("__init__.py")
            and len(self.importers[module_name(path)] - {path}) == 1
        ]


def count_words(name: str) -> int:
    """Return how many words `snake_case` or `CamelCase` holds."""
    bare = name.strip("_")
    return len(bare.split("_")) if "_" in bare else len(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", bare))


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def list_python_files(root: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        path
        for path in listed.stdout.splitlines()
        if not path.startswith("tests/") and "/migrations/" not in path and (root / path).is_file()
    ]


def measure_complexity(function: Function) -> int:
    """Return the cyclomatic complexity: one, and one more for each branch."""
    branches = sum(isinstance(node, BRANCHES) for node in ast.walk(function))
    conditions = sum(
        len(node.values) - 1 if isinstance(node, ast.BoolOp) else len(node.ifs)
        for node in ast.walk(function)
        if isinstance(node, ast.BoolOp | ast.comprehension)
    )
    return 1 + branches + conditions


def find_imports(path: str, tree: ast.Module) -> set[str]:
    """Return the dotted names that a module imports, relative ones made absolute."""
    package = module_name(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return found


def measure_code(root: Path) -> CodeMetrics:
    """Read every module below `root` that git knows."""
    metrics = CodeMetrics()
    for path in list_python_files(root):
        text = (root / path).read_text()
        tree = ast.parse(text)
        metrics.file_lengths[path] = len(text.splitlines())
        metrics.names += [
            node.name
            for node in tree.body
            if isinstance(node, Function | ast.ClassDef) and node.name not in DJANGO_DEMANDS
        ]
        for node in ast.walk(tree):
            if isinstance(node, Function):
                place = f"{path}:{node.lineno} {node.name}"
                metrics.function_lengths[place] = (node.end_lineno or node.lineno) - node.lineno + 1
                metrics.complexities[place] = measure_complexity(node)
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "models.JSONField":
                metrics.json_fields[path.partition("/")[0]] += 1
        for name in find_imports(path, tree):
            metrics.importers[name].add(path)
    return metrics


def percent(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)"


def describe(metrics: CodeMetrics) -> list[str]:
    """Return the measures as lines of text, the worst places named."""
    public_one_word = [name for name in metrics.public_names if count_words(name) == 1]
    sandbox_fields = metrics.json_fields["sandbox"]
    shop_fields = metrics.json_fields.total() - sandbox_fields
    lines = [
        f"top-level names of one word      {percent(len(metrics.one_word_names), len(metrics.names))}",
        f"  of those that are public       {percent(len(public_one_word), len(metrics.public_names))}",
        f"top-level names used repeatedly  {percent(len(metrics.repeated_names), len(metrics.names))}",
        f"tiny modules with one importer   {len(metrics.tiny_modules)}",
        f"files over 300 lines             {sum(size > 300 for size in metrics.file_lengths.values())}",
        f"functions over 50 lines          {sum(size > 50 for size in metrics.function_lengths.values())}",
        f"functions of complexity over 10  {sum(size > 10 for size in metrics.complexities.values())}",
        f"JSON fields of the shop          {shop_fields}, and {sandbox_fields} of the sandbox",
    ]
    for title, sizes in (
        ("longest files", metrics.file_lengths),
        ("longest functions", metrics.function_lengths),
        ("most complex functions", metrics.complexities),
    ):
        worst = sorted(sizes.items(), key=lambda item: -item[1])[:5]
        lines += ["", f"{title}:", *(f"  {size:5}  {place}" for place, size in worst)]
    if "--names" in sys.argv:
        lines += ["", "one word: " + " ".join(sorted(metrics.one_word_names))]
        lines += ["", "repeated: " + " ".join(sorted(set(metrics.repeated_names)))]
        lines += ["", "tiny: " + " ".join(sorted(metrics.tiny_modules))]
    return lines


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    print("\n".join(describe(measure_code(Path(folders[0] if folders else ".")))))
