"""Hook plugins: imported one by one, so that a broken one takes neither the others nor the host down."""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pluggy

from quorate import hookspecs
from quorate.errors import QuorateError, RegistryError
from quorate.foreign import Foreign, cause, printing_aside, raised_at, told
from quorate.nearest import nearest
from quorate.registry.entries import HOOK_GROUP
from quorate.registry.plugin import Plugin, PluginState, strict

_log = logging.getLogger("quorate.plugins")

_ABOUT_THE_PLUGIN = ("quorate_commands", "quorate_health_checks")
"""Hooks that are called whatever the user does, so that no error of a plugin may end the command."""

_ASKED = (*_ABOUT_THE_PLUGIN, "quorate_find_component")
"""Hooks whose answers the command waits for."""


class Hooks(pluggy.PluginManager):
    """The plugin manager of the host, with calls that survive a raising plugin.

    Register what lives for one run (a logger) with ``register(plugin, name)`` and remove it with ``unregister``.
    """

    def __init__(self) -> None:
        super().__init__("quorate")
        self.add_hookspecs(hookspecs)
        self.failures: dict[tuple[str, str], str] = {}
        """What was raised, by the plugin and the hook."""

    def call(self, hook: str, **arguments: Any) -> list[Any]:
        """Call every implementation of a hook, the plugin registered last first; see `call_named`."""
        return [result for _, result in self.call_named(hook, **arguments)]

    def call_named(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Call every implementation of a hook.

        Returns:
            The name under which the plugin is registered (the module, for entry points) and the result, of those that
            returned something.

        Raises:
            QuorateError: as raised by a plugin about what the user does; not where it is asked what it has to offer,
                for its commands or health checks. Every other exception is reported once for each plugin and hook, and
                the next implementation is called; with ``QUORATE_STRICT=1`` it is raised.
        """
        results = []
        for implementation in reversed(getattr(self.hook, hook).get_hookimpls()):
            with self.blaming(implementation.plugin_name, hook):
                result = implementation.function(*(arguments[name] for name in implementation.argnames))
                if result is not None:
                    results.append((implementation.plugin_name, result))
        return results

    @contextmanager
    def blaming(self, plugin: str, hook: str) -> Iterator[None]:
        """Report what is raised inside as the plugin's, and go on.

        What it prints goes to standard error where it is asked something, and where it likes where it is told.

        Raises:
            QuorateError: as of `call_named`.
        """
        try:
            with Foreign(), printing_aside() if hook in _ASKED else nullcontext():
                yield
        except Exception as error:
            if hook not in _ASKED and isinstance(raised := cause(error), KeyboardInterrupt):
                raise raised from None  # who is told of a run may stop it
            if strict() or (isinstance(error, QuorateError) and hook not in _ABOUT_THE_PLUGIN):
                raise
            self._report(plugin, hook, error)

    def _report(self, plugin: str, hook: str, error: Exception) -> None:
        if (plugin, hook) in self.failures:
            return
        said = f"{told(error)} ({raised_at(error)})"
        self.failures[plugin, hook] = said
        _log.warning("%s of plugin %r raised %s; going on.", hook, plugin, said)


def load_hooks(plugins: Iterable[Plugin]) -> Hooks:
    """Import and register the hook modules among `plugins`; each one's `state` says what became of it."""
    hooks = Hooks()
    for plugin in plugins:
        if plugin.group == HOOK_GROUP and plugin.state is PluginState.FOUND:
            _load(hooks, plugin)
    return hooks


def _load(hooks: Hooks, plugin: Plugin) -> None:
    assert plugin.entry_point is not None
    name, began = plugin.value, time.perf_counter()
    taken = hooks.has_plugin(name)
    try:
        try:
            with Foreign(), printing_aside():
                module = plugin.entry_point.load()
        finally:
            plugin.seconds = time.perf_counter() - began
        with Foreign(), printing_aside():
            hooks.register(module, name=name)
            _check(hooks, module)
    except Exception as error:
        if hooks.has_plugin(name) and not taken:
            hooks.unregister(name=name)
        plugin.fail(error)
    else:
        plugin.state = PluginState.LOADED


def _check(hooks: Hooks, module: object) -> None:
    """Refuse what pluggy would accept in silence: a misspelt hook, and a wrapper, which could stop the others."""
    specified = [name for name in vars(hookspecs) if name.startswith("quorate_")]
    try:
        hooks.check_pending()
    except pluggy.PluginValidationError as error:
        names = [name for name in vars(module) if hooks.parse_hookimpl_opts(module, name) and name not in specified]
        close = nearest(names[0], specified) if names else ()
        fix = f"Did you mean {close[0]!r}?" if close else "See quorate.hookspecs."
        raise RegistryError(
            f"It implements hooks that do not exist: {', '.join(names)}.", choices=specified, fix=fix
        ) from error
    for caller in hooks.get_hookcallers(module) or ():
        if any(impl.plugin is module and (impl.wrapper or impl.hookwrapper) for impl in caller.get_hookimpls()):
            raise RegistryError(
                f"Its {caller.name} is a wrapper.", fix="Remove wrapper=True; a plugin adds to the others."
            )
