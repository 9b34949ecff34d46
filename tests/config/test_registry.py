"""Finding components: built-ins and third parties by the same entry points."""

import sys
from pathlib import Path

import pytest

from otel_lift.config import Kind, Registry
from otel_lift.errors import ConfigError

MODULE = """
from types import SimpleNamespace
from otel_lift.pipeline import ComponentConfig

GOOD = SimpleNamespace(name="thirdparty_good", config=ComponentConfig)
MISNAMED = SimpleNamespace(name="other", config=ComponentConfig)
"""
ENTRY_POINTS = """
[otel_lift.processors]
thirdparty_good = lift_thirdparty_sample:GOOD
thirdparty_bad = lift_thirdparty_sample:MISNAMED
thirdparty_broken = lift_thirdparty_missing:COMPONENT
"""


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with three processors, two of which are broken."""
    (tmp_path / "lift_thirdparty_sample.py").write_text(MODULE)
    info = tmp_path / "lift_thirdparty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lift-thirdparty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "lift_thirdparty_sample", raising=False)


@pytest.mark.usefixtures("third_party")
def test_an_installed_package_offers_components_by_entry_point() -> None:
    """A third party's processor is found beside the built-in ones, by the same group."""
    registry = Registry.installed()
    assert {"redaction", "consent", "thirdparty_good"} <= set(registry.names(Kind.PROCESSORS))
    assert registry.get(Kind.PROCESSORS, "thirdparty_good").name == "thirdparty_good"


@pytest.mark.usefixtures("third_party")
def test_a_broken_package_is_named_with_its_reason() -> None:
    """A component that cannot be imported, or that is none, is an error that says so."""
    registry = Registry.installed()
    with pytest.raises(ConfigError, match=r"cannot be imported \(lift_thirdparty_missing:COMPONENT\)"):
        registry.get(Kind.PROCESSORS, "thirdparty_broken")
    with pytest.raises(ConfigError, match="it needs `name` 'thirdparty_bad'"):
        registry.get(Kind.PROCESSORS, "thirdparty_bad")


@pytest.mark.usefixtures("third_party")
def test_two_packages_may_not_offer_one_name(tmp_path: Path) -> None:
    """The same name from two packages is refused rather than chosen between."""
    info = tmp_path / "lift_other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lift-other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[otel_lift.processors]\nthirdparty_good = elsewhere:COMPONENT\n")
    with pytest.raises(ConfigError, match="several packages offer it: elsewhere:COMPONENT, lift_thirdparty"):
        Registry.installed().get(Kind.PROCESSORS, "thirdparty_good")
