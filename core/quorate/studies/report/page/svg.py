"""Elements of SVG as text: every name and value is escaped, every number is short."""

from markupsafe import Markup, escape


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element.

    Args:
        name: of the element; like the attributes' names it is code, not data.
        children: text (escaped) or other elements.
        attributes: ``class_`` stands for ``class``, ``stroke_width`` for ``stroke-width``; None is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{''.join(map(escape, children))}</{name}>")


def short(value: str | float) -> str:
    """Text as it is, numbers in pixels with at most one decimal."""
    if isinstance(value, str):
        return value
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def picture(
    width: float, height: float, name: str, title: str, description: str, *children: str, links: bool = False
) -> Markup:
    """A figure that scales with the page.

    Args:
        width: of the drawing, in its own pixels.
        height: likewise.
        name: unique in the page; the start of its identifiers.
        title: what the figure is, for those who hear the page.
        description: what it shows, likewise.
        children: the elements.
        links: whether elements inside are links, which a plain image would hide from a screen reader.
    """
    heard = (tag("title", title, id=f"{name}-title"), tag("desc", description, id=f"{name}-desc"))
    return tag(
        "svg",
        *heard,
        *children,
        viewBox=f"0 0 {short(width)} {short(height)}",
        role="group" if links else "img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def path(points: list[tuple[float, float] | None]) -> str:
    """The data of a path through points; None breaks it."""
    words, pen = [], "M"
    for point in points:
        words.append(f"{pen}{short(point[0])} {short(point[1])}" if point else "")
        pen = "L" if point else "M"
    return "".join(words)
