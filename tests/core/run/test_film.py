import io

import numpy as np
import pytest
from PIL import Image

from quorate.errors import RunError
from quorate.run import film
from quorate.run.film import check_film, write_film

FRAMES = [np.full((20, 30, 3), [10 * at, 0, 200], np.uint8) for at in range(14)]


def test_a_gif_has_every_frame_and_rests_on_the_last(tmp_path):
    file = tmp_path / "new" / "folder" / "film.GIF"
    frames = [np.full((20, 30, 3), [100 * (at % 2), 0, 200], np.uint8) for at in range(14)]
    write_film(frames, file, 10)
    with Image.open(file) as picture:
        assert (picture.format, picture.size, picture.n_frames) == ("GIF", (30, 20), 14)
        durations = []
        for at, frame in enumerate(frames):
            picture.seek(at)
            durations.append(picture.info["duration"])
            assert np.array_equal(np.asarray(picture.convert("RGB")), frame)
    assert durations == [100] * 13 + [1500]
    assert [path.name for path in file.parent.iterdir()] == ["film.GIF"]


@pytest.mark.parametrize(("count", "size", "shown"), [(14, (120, 60), [0, 13]), (3, (90, 20), [0, 1, 2])])
def test_a_sheet_spreads_over_the_episode(count, size, shown, tmp_path):
    write_film(FRAMES[:count], tmp_path / "sheet.png", 1)
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.size == size
        pixels = np.asarray(picture)[::20, ::30].reshape(-1, 3)
    assert {10 * at for at in shown} <= {int(pixel[0]) for pixel in pixels}


def test_what_can_not_be_written_is_told_before(tmp_path, monkeypatch):
    with pytest.raises(RunError, match=r"'\.webm'") as told:
        check_film(tmp_path / "film.webm")
    assert told.value.choices == (".gif", ".mp4", ".png")
    with pytest.raises(RunError, match="without a suffix"):
        check_film(tmp_path / "film")
    monkeypatch.setattr(film.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RunError, match="imageio, which is not installed") as told:
        check_film(tmp_path / "film.mp4")
    assert "quorate[video]" in told.value.fix


def test_a_film_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "film.png").write_bytes(b"old")
    monkeypatch.setattr(film.Image.Image, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_film(FRAMES, tmp_path / "film.png", 1)
    assert (tmp_path / "film.png").read_bytes() == b"old"


def test_an_mp4_plays(tmp_path):
    imageio = pytest.importorskip("imageio")
    pytest.importorskip("imageio_ffmpeg")
    write_film([np.full((64, 64, 3), 10 * at, np.uint8) for at in range(5)], tmp_path / "film.mp4", 5)
    assert len(imageio.mimread(io.BytesIO((tmp_path / "film.mp4").read_bytes()), format="mp4")) == 5
