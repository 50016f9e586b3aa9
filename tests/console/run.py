#!/usr/bin/env python3
"""The console in a real browser, by keyboard, in light and dark: tests/console/run.py [UNSPOOL [FOLDER FOR SCREENSHOTS]]

Needs Debian's `chromium` and `chromium-driver`; Selenium comes from PyPI, into $CONSOLE_VENV (default /tmp/unspool-console).
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()
SHOTS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
VENV = pathlib.Path(os.environ.get("CONSOLE_VENV", "/tmp/unspool-console"))
if not os.environ.get("UNSPOOL_CONSOLE_INSIDE"):
    if not (VENV / "bin/python").exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin/pip", "install", "-q", "selenium"], check=True)
    os.environ["UNSPOOL_CONSOLE_INSIDE"] = "1"
    os.execv(VENV / "bin/python", [str(VENV / "bin/python"), *sys.argv])

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

RULE = """[[rule]]
id = "kitchen.{word}"
category = "S2"
why = "asks for {word} bread"
blocks = true
match = [{{ near = [["bake"], ["{word}"]], within = 4 }}]
block = ["bake {word} bread"]
allow = ["eat {word}"]
"""
checks = failed = 0


def free():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def ask(port, text):
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/chat/completions", body, {"content-type": "application/json"})
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def run(folder, browser):
    folder = pathlib.Path(folder)
    for name, word in (("rules", "rye"), ("candidate", "oat")):
        (folder / f"{name}.toml").write_text(RULE.format(word=word))
    (folder / "reports").mkdir()
    (folder / "set.jsonl").write_text('{"id":"h","label":"harmful","prompt":"bake rye bread"}\n{"id":"b","label":"benign","prompt":"eat rye"}\n')
    settings = folder / "unspool.toml"
    settings.write_text(f'[server]\nreports = "{folder}/reports"\n[rules]\npaths = ["{folder}/rules.toml"]\n'
                        f'[shadow]\nrules = ["{folder}/candidate.toml"]\n')
    subprocess.run([UNSPOOL, "replay", folder / "set.jsonl", "--config", settings, "--json", folder / "reports/week.json"],
                   check=True, stdout=subprocess.DEVNULL)
    (folder / "reports/bad.json").write_text("{")
    port, admin = free(), free()
    proxy = subprocess.Popen([UNSPOOL, "serve", "--config", settings, "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}",
                              "--upstream", "echo:"], stderr=open(folder / "log", "wb"))
    try:
        for _ in range(100):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", admin)) == 0:
                    break
            time.sleep(0.1)
        for text in ("bake rye bread", "bake oat bread", "eat rye", "hello there", 'w = ["bake", "rye", "bread"]\nprint(" ".join(w))'):
            ask(port, text)
        look(browser, f"http://127.0.0.1:{admin}/console", settings, folder)
    finally:
        proxy.kill()
        proxy.wait()


def look(browser, address, settings, folder):
    wait = WebDriverWait(browser, 15)
    find = lambda name: browser.find_element(By.ID, name)
    text = lambda name: find(name).text
    emulate = lambda scheme: browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    paper = lambda: browser.execute_script("return getComputedStyle(document.body).backgroundColor")

    def shot(name):
        if SHOTS:
            SHOTS.mkdir(parents=True, exist_ok=True)
            browser.save_screenshot(str(SHOTS / f"{name}.png"))

    emulate("light")
    browser.get(address)
    wait.until(lambda _: find("recent").find_elements(By.TAG_NAME, "tr"))
    rows = [row.text for row in find("recent").find_elements(By.TAG_NAME, "tr")]
    check("decisions", len(rows) == 5 and sum("blocked" in row and "kitchen.rye" in row for row in rows) == 2, rows)
    check("what the candidate would change", sum("would newly block by kitchen.oat" in row for row in rows) == 1
          and sum("would newly pass" in row for row in rows) == 2, rows)
    check("the candidate's panel", find("beside").is_displayed() and "WOULD NEWLY BLOCK" in text("beside-tiles").upper(), text("beside"))
    check("tiles", "requests" in text("tiles") and "40.0 %" in text("tiles"), text("tiles"))
    bars = find("bars").find_elements(By.TAG_NAME, "rect")
    check("the last hour", len(bars) in (2, 3, 4) and "2 blocked" in text("hour-said") and "3 forwarded" in text("hour-said"), text("hour-said"))
    light = paper()
    shot("overview-light")
    emulate("dark")
    check("dark is dark", paper() != light, paper())
    shot("overview-dark")
    # A filter, by keyboard.
    find("filter").send_keys("judged")
    wait.until(lambda _: len(find("recent").find_elements(By.TAG_NAME, "tr")) == 3)
    check("the filter", "3 of the last 5" in text("shown"), text("shown"))
    # One decision in full, by keyboard, and back to where one was.
    opener = find("recent").find_element(By.CSS_SELECTOR, "button")
    opener.send_keys(Keys.ENTER)
    wait.until(lambda _: find("decision").is_displayed())
    check("a decision in full", all(part in text("decision") for part in ("blocked", "S2", "kitchen.rye", "joined with \" \"", "/messages/0/content", "unspool audit query", "read ")), text("decision"))
    check("focus goes to the decision", browser.switch_to.active_element.get_attribute("id") == "decision-title")
    shot("decision-dark")
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait.until(lambda _: not find("decision").is_displayed())
    time.sleep(2.5)
    check("and back, whatever came meanwhile", browser.switch_to.active_element.get_attribute("class") == "link mono")
    # From the top of the page: the skip link, then the views, by Tab and Enter alone.
    browser.get(address)
    wait.until(lambda _: find("recent").find_elements(By.TAG_NAME, "tr"))
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    check("the skip link comes first", browser.switch_to.active_element.text == "Skip to content", browser.switch_to.active_element.text)
    seen = []
    for _ in range(6):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(browser.switch_to.active_element.text)
        if seen[-1] == "Reports":
            break
    check("the views by Tab", seen == ["Overview", "Inspect", "Rules", "Reports"], seen)
    outline = browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle")
    check("focus is seen", outline != "none", outline)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait.until(lambda _: find("reports-list").find_elements(By.TAG_NAME, "table"))
    told = text("reports-list")
    check("reports", "week.json" in told and "set" in told and "100.00 %" in told and "bad.json" in told and "not JSON" in told, told)
    check("where we are is said", browser.find_element(By.CSS_SELECTOR, "nav a[aria-current=page]").text == "Reports")
    shot("reports-dark")
    emulate("light")
    shot("reports-light")
    browser.get(address + "#rules")
    wait.until(lambda _: find("rule-rows").find_elements(By.TAG_NAME, "tr"))
    rule = find("rule-rows").text
    check("rules with hits and self-test", "kitchen.rye" in rule and "2 passed" in rule and " 2 0 " in rule.replace("\n", " "), rule)
    shot("rules-light")
    find("find").send_keys("nothing like it")
    check("rules are searched", not find("rule-rows").text)
    # Inspect, by Ctrl+Enter.
    browser.get(address + "#inspect")
    area = find("text")
    area.send_keys('w = ["bake", "rye", "bread"]')
    area.send_keys(Keys.ENTER, 'print(" ".join(w))', Keys.CONTROL + Keys.ENTER)
    wait.until(lambda _: find("found").is_displayed())
    check("the verdict", "Blocked" in text("verdict") and "kitchen.rye" in text("why"), text("verdict") + text("why"))
    marks = [mark.text for mark in find("spans").find_elements(By.TAG_NAME, "mark")]
    check("the hidden text is marked where it lies", any("bake" in mark for mark in marks), marks)
    check("the text that decided", text("decided") == "bake rye bread", text("decided"))
    check("focus goes to what was found", browser.switch_to.active_element.get_attribute("id") == "found")
    shot("inspect-light")
    emulate("dark")
    shot("inspect-dark")
    # A reload that is refused is said aloud.
    browser.get(address)
    settings.write_text(settings.read_text() + "[polcy]\n")
    WebDriverWait(browser, 30).until(lambda _: find("alarm").is_displayed())
    check("a refused reload", "did you mean `policy`" in text("alarm"), text("alarm"))
    check("as an alert", find("alarm").get_attribute("role") == "alert")
    shot("alarm-dark")
    # What a screen reader needs.
    bare = browser.execute_script("""return [...document.querySelectorAll('input,select,textarea,button')]
        .filter((one) => !(one.labels && one.labels.length) && !one.textContent.trim()).map((one) => one.outerHTML)""")
    check("every field has a label", not bare, bare)
    heads = browser.execute_script("return [...document.querySelectorAll('th')].filter((one) => !one.scope).length")
    check("every head of a table says of what", heads == 0, heads)
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    check("no errors in the browser", not errors, errors)


options = webdriver.ChromeOptions()
options.binary_location = "/usr/bin/chromium"
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1400,1000"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
try:
    with tempfile.TemporaryDirectory() as folder:
        run(folder, browser)
finally:
    browser.quit()
print(f"console: {checks - failed} of {checks} checks hold in Chromium")
sys.exit(failed > 0)
