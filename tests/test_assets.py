"""The addresses under which components fetch their files."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.ui import assets

client = TestClient(Starlette(routes=assets.routes()))


def test_plotly_comes_from_the_installed_package_and_is_kept() -> None:
    answer = client.get(f"/{assets.plotly_path()}")
    assert answer.status_code == 200
    assert b"plotly.js" in answer.content[:300]
    assert "immutable" in answer.headers["cache-control"]


def test_every_component_file_is_served_as_it_is() -> None:
    files = list(assets.COMPONENTS.rglob("*.js"))
    assert files
    for path in files:
        address = f"/assets/{assets.version()}/{path.relative_to(assets.COMPONENTS).as_posix()}"
        answer = client.get(address)
        assert answer.content == path.read_bytes()
        assert "javascript" in answer.headers["content-type"]


def test_nothing_else_is_served() -> None:
    for path in (
        "player.py",
        "__init__.py",
        "../icon.svg",
        "..%2f..%2fsettings.py",
        "%2e%2e/state.py",
    ):
        assert client.get(f"/assets/{assets.version()}/{path}").status_code == 404
    assert client.get("/assets/0000/player/player.js").status_code == 404
