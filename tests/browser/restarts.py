# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages around a planned restart: the box drains, starts again, and a desk brings its conversations back."""
import bench

FORM = (b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nOne thing more.\r\n'
        b'--x\r\nContent-Disposition: form-data; name="go"\r\n\r\nsend\r\n--x--\r\n')


def shown(running, expected, method, path, language, body=None, **headers):
    """The page's text, or None if the answer has another status."""
    status, _, page = running.ask(method, path, body, {"Accept-Language": language, **headers})
    return page if status == expected else None


def pages(stack, languages, locales):
    """(name, language, text or None) of each."""
    site = bench.Site(None)
    stack.callback(site.remove)
    with bench.Bench(site) as running:
        _, page = running.write("Before the restart.")
        codename = bench.element(page, "codename-digits")
        running.conversation(running.come_back(codename))
        running.sync()
        site.run("desk", "drain", site.desk, "--direct", f"127.0.0.1:{running.ports[1]}", status=None)
        for language in languages:
            yield "closed", language, shown(running, 503, "POST", "/write", locales[language], FORM,
                                            **{"Content-Type": "multipart/form-data; boundary=x"})
    with bench.Bench(site) as running:
        running.sync()
        cookie = running.come_back(codename)
        for language in languages:
            yield "restored", language, shown(running, 200, "GET", "/conversation", locales[language], Cookie=cookie)
