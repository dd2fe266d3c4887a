"""Comparisons: variants of one configuration on the same environments and seeds; here is named what launchers need."""

from typing import TYPE_CHECKING

from quorate.lazy import lazily

if TYPE_CHECKING:
    from quorate.studies.compare.process import death

__all__ = ["death"]

__getattr__, __dir__ = lazily(__name__, {".process": "death"})
