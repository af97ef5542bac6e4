"""The playground in Chromium, from the disk: what moves without Python, and everything that it does with it.

The tests of Python there need a book that was built with Pyodide's files: without the variable LIVE they are skipped.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import playground_page as page
import pytest

browser = pytest.importorskip("test_browser")

BOX = ".playground"
needs_python = pytest.mark.skipif(not os.environ.get("LIVE"), reason="NO EQUATION WAS TYPED: LIVE is not set")


class Tab:
    """The playground, open in a browser."""

    def __init__(self, tab) -> None:
        self.tab, self.asked, self.complaints = tab, [], []
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def named(self, name: str):
        return self.tab.locator(f'{BOX} [name="{name}"]')

    async def data(self, name: str) -> str:
        return await self.tab.locator(BOX).get_attribute(f"data-{name}") or ""

    async def until(self, condition: str) -> None:
        """Wait until this holds of the box's data."""
        await self.tab.wait_for_function(f"(({{dataset: data}}) => {condition})(document.querySelector('{BOX}'))")

    async def after(self, act: Awaitable[object]) -> None:
        """Do it and wait for the next solution or sentence."""
        before = int(await self.data("solved") or 0)
        await self.tab.evaluate(f"document.querySelector('{BOX}').dataset.state = 'asked'")
        await act
        await self.until(f"data.solved > {before} || data.state === 'wrong'")

    async def said(self, place: int = 0) -> str:
        return await self.tab.locator(f"{BOX} .pg-said").nth(place).inner_text()

    async def curve(self, chart: int = 0) -> str:
        """What is drawn in a frame: the solution, its residual, the training, its cost."""
        return await self.tab.locator(f"{BOX} .pg-frame").nth(chart).evaluate(
            "(frame) => [...frame.querySelectorAll('.pg-curve')].map((path) => path.getAttribute('d')).join()")

    async def code(self) -> str:
        return await self.tab.locator(f"{BOX} .pg-python code").evaluate("(code) => code.textContent")


def on_page(html: Path, act: Callable[[Tab], Awaitable[None]], *, live: bool = True, theme: str = "light",
            width: int = browser.DESK, motion: str = "reduce", name: str = "playground") -> Tab:
    async def visit() -> Tab:
        async with browser.browser_context(theme, width) as context:
            await context.route("**/mathjax/**", lambda route: route.abort())
            if not live:
                await context.route("**/_static/python.js*", lambda route: route.abort())
            tab = Tab(await context.new_page())
            await tab.tab.emulate_media(reduced_motion=motion)
            await tab.tab.goto((html / f"book/{name}.html").as_uri())
            if name == "playground":
                await tab.tab.wait_for_selector(f"{BOX}[data-ready]")
            await act(tab)
        return tab

    return asyncio.run(visit())


def fine(tab: Tab) -> bool:
    """No error, and no other host."""
    assert [text for text in tab.complaints if "ERR_FAILED" not in text] == []
    assert [url for url in tab.asked if not url.startswith(("file:", "blob:", "data:"))] == []
    return True


# ------------------------------------------------------------------------- without Python


def test_a_stored_solution_follows_its_slider(html):
    async def act(tab: Tab) -> None:
        for name in page.SHOWN:
            stored = page.slider(name)
            await tab.named("preset").select_option(name)
            slider = tab.named(f"slider-{stored['letter']}")
            assert await slider.is_enabled()
            before = await tab.curve()
            await slider.focus()
            await tab.tab.keyboard.press("Home")
            assert await tab.curve() != before
            assert float(await tab.named(f"value-{stored['letter']}").input_value()) == stored["values"][0]
            assert float(await tab.data("error")) == pytest.approx(stored["frames"][0]["error"], rel=0.5)  # of rounding
            assert f"\n{stored['letter']} = {stored['values'][0]}\n".replace(".0\n", "\n") in (await tab.code())
        assert await tab.data("state") == "precomputed"

    tab = on_page(html, act, live=False)
    assert fine(tab)
    assert not [url for url in tab.asked if "/live/" in url]


def test_a_stored_training_plays_to_its_end(html):
    async def act(tab: Tab) -> None:
        curves = tab.tab.locator(f"{BOX} .pg-frame").nth(2).locator(".pg-curve")
        cost = tab.tab.locator(f"{BOX} .pg-chart").nth(3)
        if motion == "reduce":
            assert await curves.evaluate_all("(all) => all.map((path) => path.classList[1])") == ["pg-target"]
            assert not await cost.is_visible()
            assert (await tab.said(1)).startswith("Dotted is the solution")
            await tab.named("play").click()
        else:  # it begins by itself where it is seen
            await tab.named("play").scroll_into_view_if_needed()
        film = page.training("pendulum")
        await tab.tab.wait_for_function(f"document.querySelectorAll('{BOX} .pg-said')[1].textContent.includes('error')")
        assert f"Step {film['steps'][-1]}: " in await tab.said(1)
        assert await tab.named("play").inner_text() == "Play"
        assert await curves.count() == 2
        assert await cost.is_visible()

    for motion in ("reduce", "no-preference"):
        assert fine(on_page(html, act, live=False, motion=motion))


@needs_python
def test_no_empty_frame_before_an_equation_is_solved(html):
    async def act(tab: Tab) -> None:
        frames = tab.tab.locator(f"{BOX} .pg-chart")
        await tab.named("preset").select_option("kepler")
        assert [await frames.nth(k).is_visible() for k in range(4)] == [False] * 4
        assert (await tab.said(1)).startswith("Play begins")
        await tab.named("preset").select_option("pendulum")
        assert [await frames.nth(k).is_visible() for k in range(4)] == [True, True, True, False]

    assert fine(on_page(html, act))


def test_it_moves_at_once_and_stands_still_for_who_asks(html):
    moved = {}

    async def act(tab: Tab) -> None:
        first = await tab.curve()
        await tab.tab.wait_for_timeout(1500)
        moved[len(moved)] = await tab.curve() != first

    for motion in ("no-preference", "reduce"):
        on_page(html, act, live=False, motion=motion)
    assert list(moved.values()) == [True, False]


def test_without_python_it_says_so_and_nothing_can_be_typed(html):
    async def act(tab: Tab) -> None:
        assert "has no Python" in await tab.tab.locator(".pg-note").inner_text()
        assert await tab.named("equation").get_attribute("readonly") is not None
        assert await tab.named("solve").is_hidden()
        names = await tab.named("preset").evaluate("(menu) => [...menu.options].map((option) => option.value)")
        assert names == [name for name in page.playground.PRESETS if name in page.SHOWN]

    assert fine(on_page(html, act, live=False))


@pytest.mark.parametrize(("theme", "width"), [("light", 1920), ("dark", 360), ("light", 360), ("dark", 768)])
def test_it_fits_and_is_accessible(html, theme, width):
    async def act(tab: Tab) -> None:
        await tab.named("preset").select_option("decay")
        await tab.tab.locator(".pg-python summary").click()
        layout = await tab.tab.evaluate(browser.LAYOUT)
        assert layout["wider"] <= 0
        assert await browser.judge(tab.tab) == []
        small = await tab.tab.evaluate(
            f"""[...document.querySelectorAll('{BOX} :is(button, select, input)')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 24).map((e) => e.name)""")
        assert small == []

    assert fine(on_page(html, act, live=False, theme=theme, width=width))


# ---------------------------------------------------------------------------- with Python


@needs_python
def test_nothing_is_loaded_before_the_first_press(html):
    async def act(tab: Tab) -> None:
        await tab.named("slider-a").focus()
        await tab.tab.keyboard.press("End")
        await tab.tab.wait_for_timeout(500)

    tab = on_page(html, act)
    assert not [url for url in tab.asked if "/live/" in url]


@needs_python
def test_everything_that_a_reader_can_do(html):
    """One visit, since each loads Python."""
    seen: dict = {}

    async def act(tab: Tab) -> None:
        await tab.after(tab.named("solve").click())
        seen["first"] = await tab.said()

        # Type an equation: a new letter becomes a slider.
        await tab.named("equation").fill("f'' + 0.2 f' + c sin(f) = cos(x)")
        await tab.named("conditions").fill("f(0) = 1, f'(0) = 0")
        await tab.after(tab.named("conditions").press("Enter"))
        seen["typed"], seen["code"] = await tab.said(), await tab.code()
        seen["heard"] = await tab.tab.locator(".pg-heard").inner_text()

        # Move the slider by its keys, and by a number.
        before = await tab.curve()
        await tab.after(tab.named("slider-c").press("End"))
        await tab.tab.wait_for_function("document.querySelector('.pg-python code').textContent.includes('c = 3')")
        seen["moved"] = before != await tab.curve()
        await tab.named("value-c").fill("-5")
        await tab.after(tab.named("value-c").press("Enter"))
        seen["number"] = await tab.named("slider-c").get_attribute("min")

        # Wrong entries, each with its sentence and its field.
        for name, text in (("equation", "f' = __import__('os')"), ("conditions", "f(0)"), ("end", "-1")):
            kept = await tab.named(name).input_value()
            await tab.named(name).fill(text)
            await tab.after(tab.named(name).press("Control+Enter"))
            seen[f"wrong {name}"] = await tab.tab.locator(".pg-wrong").inner_text()
            seen[f"invalid {name}"] = await tab.named(name).get_attribute("aria-invalid")
            await tab.named(name).fill(kept)
            await tab.after(tab.named(name).press("Control+Enter"))
        seen["right again"] = await tab.tab.locator(".pg-wrong").inner_text()

        # A slash is a letter here.
        await tab.named("end").fill("")
        await tab.named("end").press_sequentially("20/2")
        seen["slash"] = await tab.named("end").input_value()

        # Every preset.
        for name in page.playground.PRESETS:
            await tab.after(tab.named("preset").select_option(name))
            seen[f"preset {name}"] = await tab.data("converged"), await tab.said(), await tab.curve()

        # Train with each method.
        await tab.after(tab.named("preset").select_option("decay"))
        for method in ("gradient descent", "adam", "levenberg-marquardt", "random features"):
            await tab.named("method").select_option(method)
            await tab.named("play").click()
            # Thirty steps, for a fall that is seen, or fewer, if the method comes to its end.
            await tab.tab.wait_for_function(f"""() => {{
              const step = Number(document.querySelectorAll('{BOX} .pg-said')[1].textContent.match(/Step (\\d+)/)?.[1]);
              return step >= 30 || step > 0 && document.querySelector('{BOX} [name=play]').textContent === 'Play';
            }}""")
            if await tab.named("play").inner_text() == "Pause":
                await tab.named("play").click()
            # The three unknowns over their solution, and a cost that falls from the untrained network's on.
            heights = [float(y) for y in re.findall(r"[\d.]+ (-?[\d.]+)", await tab.curve(3))]
            seen[f"train {method}"] = (await tab.curve(2)).count("M"), heights[0] < heights[-1]
            seen[f"code {method}"] = await tab.code()

        # A slider that moves while a network is in training lets it begin anew; Play waits for a solution.
        await tab.named("method").select_option("adam")
        await tab.named("play").click()
        await tab.until("data.state === 'training'")
        before, slider = int(await tab.data("solved")), tab.tab.locator(f"{BOX} [type=range]").first
        await slider.press("ArrowRight")
        await tab.until(f"data.solved > {before} && data.state === 'training'")
        seen["goes on"] = await tab.named("play").inner_text(), await tab.code()
        seen["value"] = await tab.tab.locator(f"{BOX} [name^=value-]").first.input_value()
        await tab.named("play").click()
        before = int(await tab.data("solved"))
        await slider.evaluate("""(range) => {
          range.value = range.min;
          for (const kind of ["input", "change"]) range.dispatchEvent(new Event(kind));
          document.querySelector('.playground [name="play"]').click();
        }""")
        await tab.until(f"data.solved > {before} && data.state === 'training'")
        await tab.named("play").click()

        # Stop ends whatever runs, and the page lives.
        await tab.named("equation").fill("f'' + sin(f) = 0")
        await tab.named("conditions").fill("f(0) = 2, f'(0) = 0")
        await tab.named("end").fill("3000")
        await tab.named("solve").click()
        await tab.named("stop").wait_for(state="visible")
        await tab.named("stop").click()
        seen["stopped"] = await tab.said()
        await tab.named("preset").select_option("rc")
        await tab.after(tab.named("solve").click())
        seen["alive"] = await tab.said()

    tab = on_page(html, act)
    assert fine(tab)
    good = re.compile(r"Converged: .* Estimated error [\d.]+ · 10⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+, largest residual ")
    assert good.match(seen["first"].replace("\u00a0", " ")) and good.match(seen["typed"].replace("\u00a0", " "))
    assert seen["heard"] == seen["typed"]
    assert "return (d2f + 0.2*df + c*np.sin(f)) - np.cos(x)" in seen["code"]
    assert seen["moved"] and float(seen["number"]) == -5
    assert "“_” cannot stand in a formula" in seen["wrong equation"]
    assert "has no =" in seen["wrong conditions"]
    assert "is empty" in seen["wrong end"]
    assert {seen[f"invalid {name}"] for name in ("equation", "conditions", "end")} == {"true"}
    assert seen["right again"] == "" and seen["slash"] == "20/2"
    for name in page.playground.PRESETS:
        converged, said, curve = seen[f"preset {name}"]
        assert converged == "true" and said.startswith("Converged: ") and len(curve) > 1000, (name, said)
    for method in ("gradient descent", "adam", "levenberg-marquardt", "random features"):
        assert seen[f"train {method}"] == (6, True) and f'method="{method}"' in seen[f"code {method}"]
    assert seen["goes on"][0] == "Pause" and f" = {seen['value']}\n" in seen["goes on"][1]
    assert seen["stopped"] == "Stopped. Solve starts Python anew."
    assert seen["alive"].startswith("Converged: ")


@needs_python
def test_the_solution_follows_the_finger(html):
    """While the slider moves the equation is solved again and again, and afresh when it rests."""
    seen = {}

    async def act(tab: Tab) -> None:
        await tab.after(tab.named("solve").click())
        before = int(await tab.data("solved"))
        await tab.tab.evaluate("""async () => {
          const range = document.querySelector('[name="slider-a"]');
          const box = range.closest("[data-solved]"), before = Number(box.dataset.solved);
          const send = Worker.prototype.postMessage;
          window.filesAsked = 0;
          Worker.prototype.postMessage = function count(data, ...rest) {
            window.filesAsked += "file" in data;
            send.call(this, data, ...rest);
          };
          for (let k = 0; Number(box.dataset.solved) < before + 2; k++) {
            range.value = 1 + 0.3 * Math.sin(k / 40);
            range.dispatchEvent(new Event("input"));
            await new Promise(requestAnimationFrame);
          }
        }""")
        seen["while"] = int(await tab.data("solved")) - before
        await tab.after(tab.named("slider-a").dispatch_event("change"))
        seen["files"] = await tab.tab.evaluate("window.filesAsked")
        seen["error"], seen["converged"] = float(await tab.data("error")), await tab.data("converged")

    assert fine(on_page(html, act))
    assert seen["while"] >= 2
    assert seen["files"] == 0, "what is loaded is not looked for again, which takes a second each time"
    assert seen["converged"] == "true" and seen["error"] < 1e-7


@needs_python
def test_a_missing_file_is_told_and_a_second_press_finds_it(html):
    async def act(tab: Tab) -> None:
        await tab.tab.context.route("**/live/sympy*", lambda route: route.abort())
        await tab.named("solve").click()
        await tab.tab.wait_for_function(
            f"document.querySelector('{BOX} .pg-said').textContent.includes('Python has stopped: ')")
        await tab.tab.context.unroute("**/live/sympy*")
        await tab.after(tab.named("solve").click())
        assert (await tab.said()).startswith("Converged: ")

    on_page(html, act)
