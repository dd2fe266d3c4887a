"""YAML files that people write: manifests and configurations, read and written by one grammar."""

from quorate.documents.grammar import DEPTH, dump
from quorate.documents.places import KeyPath, Places, parse, show
from quorate.documents.reader import collecting_later, parse_document, read_bytes, read_document, read_text

__all__ = [
    "DEPTH",
    "KeyPath",
    "Places",
    "collecting_later",
    "dump",
    "parse",
    "parse_document",
    "read_document",
    "read_bytes",
    "read_text",
    "show",
]
