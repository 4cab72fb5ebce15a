# SPDX-License-Identifier: GPL-3.0-or-later
"""What no page for a source may have: anything to load, a script, an address that is not ours."""
import html.parser
import re

LOADS = {"src", "srcset", "data", "poster", "background", "xlink:href", "manifest", "archive", "codebase", "longdesc", "profile",
         "icon", "dynsrc", "lowsrc", "ping", "imagesrcset"}
LEADS = {"href", "action", "formaction", "cite"}
TAGS = {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "video", "audio", "source", "track", "img", "picture",
        "image", "svg", "math", "base", "portal", "canvas", "font", "template", "input type=image"}


class _Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.problems, self.language, self.styles, self._style = [], None, [], False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "html":
            self.language = (attributes.get("lang"), attributes.get("dir"))
        if tag in TAGS or (tag == "input" and attributes.get("type") == "image"):
            self.problems.append(f"<{tag}>")
        if tag == "meta" and "http-equiv" in attributes:
            self.problems.append(f"<meta http-equiv={attributes['http-equiv']}>")
        self._style = tag == "style"
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name == "style" or name in LOADS:
                self.problems.append(f"<{tag} {name}={value}>")
            if tag == "link" and (attributes.get("rel"), attributes.get("href")) != ("icon", "data:,"):
                self.problems.append(f"<link {name}={value}>")
            if tag != "link" and name in LEADS and not re.match(r"/(?!/)|#", value):
                self.problems.append(f"<{tag} {name}={value}> leads elsewhere")

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        if self._style:
            self.styles.append(data)


def problems(text, language, direction):
    """A list of what is wrong; the page's language is part of it."""
    read = _Page()
    read.feed(text)
    read.close()
    found = list(dict.fromkeys(read.problems))
    if len(read.styles) > 1:
        found.append(f"{len(read.styles)} style sheets")
    for sheet in read.styles:
        found += [f"its style sheet has {word}" for word in re.findall(r"url\s*\(|@import|@font-face|@namespace|image\(|expression\(", sheet)]
    if read.language != (language, direction):
        found.append(f"its language is {read.language}")
    return found
