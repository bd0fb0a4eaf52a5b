"""The ground floor imports nothing of the storeys above (import-linter checks the storeys themselves)."""

import grimp
import pytest


@pytest.mark.slow
def test_the_kernel_imports_nothing_of_the_project_but_itself() -> None:
    graph = grimp.build_graph("sim", "strategies", "experiments")
    kernel = {"sim.kernel", *graph.find_descendants("sim.kernel")}
    imported = set().union(*(graph.find_modules_directly_imported_by(module) for module in kernel))
    assert imported - kernel == set()
