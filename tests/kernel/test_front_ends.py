"""The kernel in real front ends: qtconsole without a screen, JupyterLab in a browser without one. Each is
skipped by name where it is not installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples"
PICTURE = "itorch.image(image.scale(torch.rand(3, 8, 8), 80, 80, 'simple'))"


def test_qtconsole_shows_a_net_and_a_picture(jupyter, tmp_path) -> None:
    pytest.importorskip("qtconsole")
    pytest.importorskip("qtpy.QtWidgets", exc_type=ImportError, reason="no Qt: pip install pyside6")
    from PIL import Image

    grab = tmp_path / "window.png"
    cells = ("net = nn.Sequential():add(nn.Linear(3, 2))", "net", PICTURE, "6 * 7")
    done = subprocess.run(
        [sys.executable, str(HERE / "qtconsole_grab.py"), str(grab), *cells],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "(1): nn.Linear(3 -> 2)" in done.stdout and "<picture>" in done.stdout
    assert done.stdout.rstrip().splitlines()[-3].endswith("42"), done.stdout[-300:]
    with Image.open(grab) as picture:
        colours = picture.convert("RGB").getcolors(1 << 20)
    assert len(colours) > 60  # the random picture's, besides those of the text


@pytest.fixture(scope="module")
def browser():
    pytest.importorskip("selenium")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "window-size=1200,1600"):
        options.add_argument(f"--{word}")
    made = webdriver.Chrome(options=options, service=Service(driver))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def lab(jupyter, tmp_path_factory):
    """JupyterLab over a copy of the notebooks; its address."""
    pytest.importorskip("jupyterlab")
    import jupyterlab

    folder = tmp_path_factory.mktemp("lab")
    for name in ("tutorial.ipynb", "digits.ipynb", "digits.t7"):
        shutil.copy(EXAMPLES / name, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = {
        "ServerApp.port": port,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "ServerApp.password": "",
    }
    own = Path(jupyterlab.__file__).parents[1] / "share" / "jupyter" / "lab"
    if own.is_dir():  # installed beside Python, not into it
        words["LabApp.app_dir"] = own
    command = [sys.executable, "-m", "jupyterlab", *(f"--{k}={v}" for k, v in words.items())]
    environment = {**os.environ, "HOME": str(folder)}
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/lab"
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            break
        except OSError:
            time.sleep(0.5)
    yield address
    server.terminate()
    server.wait(30)


def until(found, seconds: float = 60):
    """What a function gives once that is something."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return value


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", ["tutorial", "digits"])
def test_jupyterlab_runs_all_cells(lab, browser, name) -> None:
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.common.by import By

    def all_of(selector: str):
        return browser.find_elements(By.CSS_SELECTOR, selector)

    def click(selector: str, words: str) -> bool:
        for element in all_of(selector):
            try:
                if element.text.startswith(words):
                    element.click()
                    return True
            except WebDriverException:  # redrawn meanwhile
                continue
        return False

    browser.get(f"{lab}/tree/{name}.ipynb?reset")
    until(lambda: all_of(".jp-Notebook .jp-Cell"))
    until(lambda: "Idle" in browser.find_element(By.TAG_NAME, "body").text)
    until(lambda: click(".lm-MenuBar-itemLabel", "Edit"))
    until(lambda: click(".lm-Menu-itemLabel", "Clear Outputs of All Cells"))
    until(lambda: click(".lm-MenuBar-itemLabel", "Run"))
    until(lambda: click(".lm-Menu-itemLabel", "Restart Kernel and Run All"))
    until(lambda: click(".jp-Dialog button", "Restart"))

    seen: set[str] = set()
    wanted = {
        "tree": ".jp-OutputArea-output .th7shell-net details[open]",
        "picture": ".jp-OutputArea-output img",
        "plot": ".jp-OutputArea-output svg, .jp-OutputArea-output img[src^='data:image/svg']",
    }

    def whole() -> bool:
        for what, selector in wanted.items():
            if all_of(selector):
                seen.add(what)
        # a notebook shows the cells in view only: go through it
        browser.execute_script(
            "const o = document.querySelector('.jp-WindowedPanel-outer');"
            "if (o) o.scrollTop = (o.scrollTop + 400) % o.scrollHeight;"
        )
        return seen == set(wanted)

    until(whole, 120)
    assert not all_of(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']")
    target = os.environ.get("TH7SHELL_SCREENSHOTS")
    if target:
        until(lambda: "Idle" in browser.find_element(By.TAG_NAME, "body").text)
        top = "document.querySelector('.jp-WindowedPanel-outer').scrollTop"
        browser.execute_script(f"{top} = 0")
        for _ in range(40):
            if all_of(wanted["plot"]):
                break
            browser.execute_script(f"{top} += 300")
            time.sleep(0.5)
        time.sleep(1)
        browser.save_screenshot(str(Path(target) / f"lab-{name}.png"))
