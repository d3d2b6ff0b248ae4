"""What a page looks like in a real browser: Chromium without a window."""
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile

from harness import LeftOut

# Added to a copy of the page; its findings stand in the title when the page is printed as the browser has it.
LOOK = """<script>
document.title = JSON.stringify({
  sizes: [...document.querySelectorAll('svg[role=img]')].map(s => { const r = s.getBoundingClientRect(); return [r.width, r.height]; }),
  figures: document.querySelectorAll('figure').length,
  alternatives: [...document.querySelectorAll('svg[role=img]')].map(s => s.getAttribute('aria-label') || ''),
  headings: [...document.querySelectorAll('h2, h3')].map(h => h.textContent),
  ground: getComputedStyle(document.body).backgroundColor,
  text: getComputedStyle(document.body).color,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  loaded: performance.getEntriesByType('resource').map(e => e.name)});
</script>"""


def chromium(*arguments):
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        raise LeftOut("there is no Chromium")
    with tempfile.TemporaryDirectory() as profile:
        # Only root may not have the browser's own sandbox.
        words = [program, "--headless", "--disable-gpu", "--no-sandbox", "--hide-scrollbars", "--enable-logging=stderr",
                 f"--user-data-dir={profile}", "--window-size=1000,9000", *arguments]
        done = subprocess.run(words, capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def look(path, dark=False):
    """What the browser found on the page, and the lines of its console."""
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "page.html")
        with open(path, encoding="utf-8") as page, open(copy, "w", encoding="utf-8") as file:
            file.write(page.read().replace("</body>", LOOK + "</body>"))
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        out, err = chromium(scheme, "--dump-dom", "file://" + copy)
    title = re.search(r"<title>(.*?)</title>", out, re.S)
    assert title, err[-2000:]
    plain = title.group(1).replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return json.loads(plain), [line for line in err.splitlines() if "CONSOLE" in line]


def screenshot(path, picture):
    """Takes a picture of the page; its width and height."""
    chromium(f"--screenshot={picture}", "file://" + os.path.abspath(path))
    with open(picture, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n", head
    return struct.unpack(">II", head[16:24])
