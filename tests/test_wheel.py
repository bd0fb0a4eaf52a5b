"""The wheel works where the sources are not: shipped scenarios included."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crmsim(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Start of the command line of an installed wheel; third-party packages are those of this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)],
        check=True,
        cwd=folder,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "installed"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", str(wheel)], check=True, cwd=folder)
    site = next((environment / "lib").glob("python*/site-packages"))
    (site / "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return [str(environment / "bin" / "crmsim")]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_version(crmsim: list[str], tmp_path: Path) -> None:
    assert run([*crmsim, "--version"], tmp_path).stdout.startswith("crmsim 0.")


def test_the_sources_are_out_of_reach(crmsim: list[str], tmp_path: Path) -> None:
    python = Path(crmsim[0]).with_name("python")
    done = run([str(python), "-c", "import sim, experiments; print(sim.__file__, experiments.__file__)"], tmp_path)
    assert str(ROOT) not in done.stdout
    assert done.returncode == 0


def test_the_model_prints_its_parameters(crmsim: list[str], tmp_path: Path) -> None:
    parameters = json.loads(run([*crmsim, "model", "--json"], tmp_path).stdout)["parameters"]
    assert len(parameters) > 10


def test_a_scenario_builds_on_shipped_strategies(crmsim: list[str], tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text("extends: welcome\ninclude: [birthday]\nscenario: Mine\n")
    done = run([*crmsim, "check", "--resolved", "my.yaml"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "birthday_soon" in done.stdout


def test_a_shipped_scenario_is_checked(crmsim: list[str], tmp_path: Path) -> None:
    done = run([*crmsim, "check", "cart_rescue"], tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_shipped_scenario_finds_the_dialect_that_it_names(crmsim: list[str], tmp_path: Path) -> None:
    done = run([*crmsim, "check", "--resolved", "migration"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "braze@2025.yaml:" in done.stdout
