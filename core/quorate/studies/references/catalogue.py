"""All reference results that the manifests of a registry name."""

from dataclasses import dataclass, field
from pathlib import Path

from quorate.errors import ManifestError
from quorate.foreign import Foreign, printing_aside, told
from quorate.nearest import nearest
from quorate.registry import Registry
from quorate.registry.entries import HOST, named_file
from quorate.registry.plugin import Plugin, PluginState, strict
from quorate.studies.references.model import Reference
from quorate.studies.references.reading import load_references


@dataclass
class Catalogue:
    """Reference results by name.

    Attributes:
        references: all that can be used, in the order of manifests.
        problems: what is wrong with files of third parties, which are left out.
    """

    references: dict[str, Reference] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def find(self, name: str) -> Reference:
        """The reference of a name.

        Raises:
            ManifestError: there is none.
        """
        if name in self.references:
            return self.references[name]
        close = nearest(name, self.references)
        fix = "See `quorate reproduce --list`; a plugin that has the name must be installed."
        raise ManifestError(
            f"There is no reference result {name!r}.", choices=close or list(self.references)[:8], fix=fix
        )


def catalogue(registry: Registry) -> Catalogue:
    """Read every file of reference results.

    Raises:
        ManifestError: of a built-in file, or one of a manifest that was given by hand.
    """
    found = Catalogue()
    for plugin in registry.plugins:
        for text in plugin.references if plugin.state is PluginState.LOADED else ():
            try:
                with Foreign(), printing_aside():  # to look for a package runs the finders of third parties
                    _add(found, plugin, text)
            except Exception as error:
                if plugin.distribution == HOST or plugin.entry_point is None or strict():
                    raise
                found.problems.append(f"The references of {plugin.distribution} are left out: {told(error)}")
    return found


def _add(found: Catalogue, plugin: Plugin, text: str) -> None:
    path = named_file(text, plugin.path or Path(plugin.value), "references")
    for reference in load_references(path, namespace=plugin.namespace, distribution=plugin.distribution):
        other = found.references.get(reference.name)
        if other is not None:
            problem = f"The reference {reference.name!r} has the name of one of {other.distribution} ({other.where})."
            raise ManifestError(problem, where=reference.where, fix="Rename one of the two.")
        found.references[reference.name] = reference
