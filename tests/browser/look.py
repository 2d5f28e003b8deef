"""Uses the pages that infra writes as people do, and takes pictures of them. See `tests/browser/run`."""

import pathlib
import shutil
import statistics
import sys

from playwright.sync_api import expect, sync_playwright

OUT = pathlib.Path(sys.argv[1])
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

FRAMES = """async () => {
  const gaps = [];
  let last = performance.now();
  const end = document.documentElement.scrollHeight - innerHeight;
  for (let step = 0; step <= 60; step++) {
    scrollTo(0, end * step / 60);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }
  return { gaps, reached: Math.abs(scrollY - end) < 2 };
}"""


def opened(browser, name, viewport, scheme="light"):
    """The page, of which nothing may go wrong and nothing may ask the network."""
    page = browser.new_context(viewport=viewport, color_scheme=scheme, offline=True).new_page()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url))
    page.goto((OUT / name).as_uri())
    return page, wrong


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the screen"


def few(browser):
    page, wrong = opened(browser, "few.html", DESK)
    rows = page.locator(".row")
    expect(rows).to_have_count(5)
    # What failed is open at once, with its reason and its log as text.
    detail = page.locator("#detail")
    expect(detail).to_contain_text("services")
    expect(detail).to_contain_text("port 5432 is taken")
    expect(detail).to_contain_text("<b>no markup</b>")
    page.screenshot(path=OUT / "few-light.png")
    # A word is looked for in the logs.
    page.keyboard.press("/")
    page.keyboard.type("needle")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("images")
    page.locator("#search").fill("")
    expect(rows).to_have_count(5)
    page.locator("#filters button", has_text="critical path").click()
    expect(rows.filter(has_text="network")).to_have_count(0)
    page.locator("#filters button", has_text="all").click()
    rows.filter(has_text="tools").click()
    expect(detail).to_contain_text("the tools are there")
    assert page.locator("#links path").count() == 2, "what waited for it is not drawn"
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.screenshot(path=OUT / "few-dark.png")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    assert not wrong, wrong

    page, wrong = opened(browser, "few.html", PHONE, "dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    fits(page)
    page.screenshot(path=OUT / "few-phone.png")
    page.locator(".row", has_text="services").click()
    expect(page.locator("#detail")).to_contain_text("port 5432 is taken")
    fits(page)
    page.screenshot(path=OUT / "few-phone-detail.png")
    assert not wrong, wrong


def many(browser):
    page, wrong = opened(browser, "many.html", DESK)
    rows = page.locator(".row")
    expect(rows).to_have_count(1000)
    frames = page.evaluate(FRAMES)
    assert frames["reached"], "it does not scroll to its end"
    gaps = frames["gaps"][1:]
    print(f"1,000 tasks, scrolled: a frame takes {statistics.median(gaps):.0f} ms, the longest {max(gaps):.0f} ms")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=OUT / "many.png")
    page.locator("#search").fill("t777")
    expect(rows).to_have_count(1)
    rows.first.click()
    expect(page.locator("#detail")).to_contain_text("t777")
    fits(page)
    assert not wrong, wrong
    page, wrong = opened(browser, "many.html", PHONE)
    fits(page)
    page.screenshot(path=OUT / "many-phone.png")
    assert not wrong, wrong


def graphs(browser):
    for name, nodes in (("few", 5), ("many", 1000)):
        page, wrong = opened(browser, f"{name}-graph.html", DESK)
        for word in ("tools", "services") if name == "few" else ("t1", f"t{nodes}"):
            expect(page.get_by_text(word, exact=True).first).to_be_attached()
        page.screenshot(path=OUT / f"{name}-graph.png")
        assert not wrong, wrong


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    few(browser)
    many(browser)
    graphs(browser)
    browser.close()
print(f"All pages are as they should be; the pictures are in {OUT}")
