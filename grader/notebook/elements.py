"""HTML elements that escape whatever is put into them."""

from xml.etree.ElementTree import Element, tostring

Content = str | Element | None


def element(name: str, *content: Content, **attributes: str) -> Element:
    """Return an element with texts and elements in it; None is left out.

    An attribute whose name is a keyword ends with an underscore, such as `class_`.
    """
    made = Element(name, {key.rstrip("_"): value for key, value in attributes.items()})
    last: Element | None = None
    for one in content:
        if isinstance(one, Element):
            made.append(one)
            last = one
        elif one is not None and last is None:
            made.text = (made.text or "") + one
        elif one is not None and last is not None:
            last.tail = (last.tail or "") + one
    return made


def as_html(*elements: Element) -> str:
    return "".join(tostring(one, encoding="unicode", method="html") for one in elements)
