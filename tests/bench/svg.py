# SPDX-License-Identifier: GPL-3.0-or-later
"""Small plots as SVG: bars, points on a logarithmic scale, and lines over the kept runs. Each has a title and a description
for who can't see it, writes its figures out, and follows the reader's choice of light or dark."""
import math
from xml.sax.saxutils import escape

WIDTH = 820
LABELS = 330  # room for the names on the left
ROW = 22
STYLE = """
.back{fill:#fff}.text{fill:#1f2328}.soft{fill:#59636e}.line{stroke:#d1d9e0}.even{stroke:#59636e}
.ours{fill:#0969da;stroke:#0969da}.first{fill:#818b98;stroke:#818b98}.second{fill:#bc6c00;stroke:#bc6c00}.bar{stroke:#cf222e}
@media (prefers-color-scheme:dark){.back{fill:#0d1117}.text{fill:#f0f6fc}.soft{fill:#9198a1}.line{stroke:#3d444d}.even{stroke:#9198a1}
.ours{fill:#4493f8;stroke:#4493f8}.first{fill:#656c76;stroke:#656c76}.second{fill:#db8d28;stroke:#db8d28}.bar{stroke:#f85149}}
text{font:13px system-ui,sans-serif}.end{text-anchor:end}.middle{text-anchor:middle}.head{font-weight:600}
"""


def figure(value):
    """Three digits that count, with commas."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    return f"{rounded:,.{max(0, digits)}f}"


class Drawing:
    def __init__(self, title, description):
        self.title, self.description, self.parts, self.y = title, description, [], 0

    def text(self, x, y, words, kind="text"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>')

    def box(self, x, y, width, height, kind):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(1, width):.1f}" height="{height}" class="{kind}"/>')

    def stroke(self, x1, y1, x2, y2, kind, more=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"{more}/>')

    def dot(self, x, y, kind):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="{kind}"/>')

    def done(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.y + 12}" width="{WIDTH}" role="img" '
                f'aria-labelledby="title description">\n<title id="title">{escape(self.title)}</title>\n'
                f'<desc id="description">{escape(self.description)}</desc>\n<style>{STYLE}</style>\n'
                f'<rect width="{WIDTH}" height="{self.y + 12}" class="back"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def bars(title, panels):
    """panels: (heading, unit, [(label, value, kind), ...]) each with a scale of its own."""
    said = "; ".join(f"{heading}: " + ", ".join(f"{label} {figure(value)} {unit}" for label, value, _kind in rows) for heading, unit, rows in panels)
    drawing = Drawing(title, said)
    for heading, unit, rows in panels:
        drawing.y += 24
        drawing.text(12, drawing.y, heading, "text head")
        drawing.y += 8
        most = max(value for _label, value, _kind in rows)
        for label, value, kind in rows:
            length = (WIDTH - LABELS - 110) * value / most if most else 0
            drawing.text(LABELS - 10, drawing.y + 15, label, "text end")
            drawing.box(LABELS, drawing.y + 3, length, ROW - 6, kind)
            drawing.text(LABELS + length + 8, drawing.y + 15, f"{figure(value)} {unit}")
            drawing.y += ROW
    return drawing.done()


def ratios(title, rows):
    """rows: (label, times, limit or None): how many times better than its peer, right of the middle line; the limit is a mark
    at what is asked of it."""
    drawing = Drawing(title, "Right of 1 is better than the peer. " + "; ".join(f"{label}: {figure(times)}" for label, times, _limit in rows))
    values = [value for _label, times, limit in rows for value in (times, limit) if value]
    low, high = min(values + [0.5]), max(values + [2])
    left, right = LABELS + 110, WIDTH - 60

    def place(value):
        return left + (right - left) * (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))

    drawing.text(12, 20, "to the right: better than the peer; red: what is asked", "soft")
    top = drawing.y = 48
    bottom = top + ROW * len(rows)
    for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1):
        tick = 10 ** power
        drawing.stroke(place(tick), top, place(tick), bottom, "even" if tick == 1 else "line")
        drawing.text(place(tick), top - 8, "1: as the peer" if tick == 1 else f"{tick:g}", "soft middle")
    for label, times, limit in rows:
        middle = drawing.y + ROW / 2
        drawing.text(left - 12, middle + 4, label, "text end")
        drawing.stroke(place(1), middle, place(times), middle, "ours", ' stroke-width="2"')
        drawing.dot(place(times), middle, "ours")
        if limit:
            drawing.stroke(place(limit), drawing.y + 3, place(limit), drawing.y + ROW - 3, "bar", ' stroke-width="3"')
        drawing.text(WIDTH - 8, middle + 4, figure(times), "text end")
        drawing.y += ROW
    return drawing.done()


def lines(title, panels, names):
    """panels: (heading, unit, [value or None, ...]), a value for each of `names`, from zero up."""
    said = "; ".join(f"{heading}: " + ", ".join(f"{name} {figure(value)} {unit}" for name, value in zip(names, values) if value is not None)
                     for heading, unit, values in panels)
    drawing = Drawing(title, said)
    height, left, right = 44, LABELS + 20, WIDTH - 120
    for heading, unit, values in panels:
        known = [value for value in values if value is not None]
        if not known:
            continue
        drawing.y += 14
        top, most = drawing.y, max(known) or 1
        drawing.text(LABELS - 10, top + height / 2 + 4, heading, "text end")
        drawing.stroke(left, top + height, right, top + height, "line")
        points = [(left + (right - left) * (number / (len(values) - 1) if len(values) > 1 else 1), top + height - height * value / most)
                  for number, value in enumerate(values) if value is not None]
        for one, other in zip(points, points[1:]):
            drawing.stroke(*one, *other, "ours", ' stroke-width="2"')
        for point in points:
            drawing.dot(*point, "ours")
        drawing.text(right + 12, points[-1][1] + 4, f"{figure(known[-1])} {unit}")
        drawing.y += height
    drawing.y += 22
    drawing.text(right, drawing.y, names[-1], "soft end")
    if len(names) > 1:
        drawing.text(left, drawing.y, names[0], "soft")
    return drawing.done()
