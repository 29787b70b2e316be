"""One engine and one specification for all tests of photos; those that need faces are skipped without the extra."""

from __future__ import annotations

import pytest

from stuvalid.photos.face import FaceEngine, engine_available, process_engine
from stuvalid.photos.spec import Spec, load_spec

needs_faces = pytest.mark.skipif(not engine_available(), reason="the extra stuvalid[face] is not installed")


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    if not engine_available():
        pytest.skip("the extra stuvalid[face] is not installed")
    return process_engine()


@pytest.fixture(scope="session")
def guide() -> Spec:
    return load_spec("guide-358x441")
