#!/usr/bin/env python3
"""Real products that call the check services: the openai client's moderations and the LiteLLM proxy with Unspool as its
guardrail: tests/gateways/run.py [UNSPOOL]

Both come from PyPI, into $GATEWAYS_VENV (default /tmp/unspool-gateways), on the first run. The model behind LiteLLM is
`unspool serve --upstream echo:` in monitor mode, which forwards everything.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()
VENV = pathlib.Path(os.environ.get("GATEWAYS_VENV", "/tmp/unspool-gateways"))
if not os.environ.get("UNSPOOL_GATEWAYS_INSIDE"):
    if not (VENV / "bin/litellm").exists():
        venv.create(VENV, with_pip=True)
        subprocess.run([VENV / "bin/pip", "install", "-q", "litellm[proxy]==1.110.2", "openai"], check=True)
    os.environ["UNSPOOL_GATEWAYS_INSIDE"] = "1"
    os.execv(VENV / "bin/python", [str(VENV / "bin/python"), *sys.argv])

import openai

sys.path.insert(0, str(HERE.parent))
import parts
from parts import HIDDEN, RULE, check, end, free, page, start, wait

LITELLM = """model_list:
  - model_name: m
    litellm_params: {{model: openai/m, api_base: "http://127.0.0.1:{api}/v1", api_key: none}}
  - model_name: claude
    litellm_params: {{model: anthropic/claude, api_base: "http://127.0.0.1:{api}", api_key: none}}
guardrails:
  - guardrail_name: unspool
    litellm_params:
      guardrail: generic_guardrail_api
      mode: pre_call
      api_base: http://127.0.0.1:{check}
      default_on: true
general_settings:
  master_key: sk-litellm-0000000000
"""
def said(client, model, text, **more):
    """What comes back, or the error."""
    try:
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)
        if more.get("stream"):
            return "".join(part.choices[0].delta.content or "" for part in answer if part.choices)
        return answer.choices[0].message.content
    except openai.APIStatusError as error:
        return error


def run(folder):
    rule, settings = pathlib.Path(folder) / "rules.toml", pathlib.Path(folder) / "unspool.toml"
    rule.write_text(RULE)
    settings.write_text(f'[rules]\npaths = ["{rule}"]\n[policy]\nexpose = true\n')
    api, api_admin, guard, admin, gate = (free() for _ in range(5))
    start([UNSPOOL, "serve", "--listen", f"127.0.0.1:{api}", "--upstream", "echo:", "--mode", "monitor",
           "--admin", f"127.0.0.1:{api_admin}"], f"{folder}/api.log")
    guarding = start([UNSPOOL, "serve", "--listen", "127.0.0.1:0", "--upstream", "echo:", "--config", settings,
                      "--check", f"127.0.0.1:{guard}", "--admin", f"127.0.0.1:{admin}"], f"{folder}/guard.log")
    for port in (api, guard, admin):
        wait(port)

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{guard}/v1", api_key="none", max_retries=0)
    found = client.moderations.create(model="unspool", input=[HIDDEN, "how to bake oat bread"])
    first, second = found.results
    check("moderations: a hidden request", first.flagged and first.categories.illicit and first.category_scores.illicit == 1.0, found)
    check("moderations: a benign one", not second.flagged, found)
    check("moderations: every category is there", None not in vars(first.categories).values(), first.categories)
    check("moderations: parts", client.moderations.create(input=[{"type": "text", "text": HIDDEN}]).results[0].flagged)
    try:
        client.moderations.create(input=[])
        check("moderations: nothing is no input", False)
    except openai.BadRequestError as error:
        check("moderations: nothing is no input", "`input` is empty" in str(error), error)

    config = pathlib.Path(folder) / "litellm.yaml"
    config.write_text(LITELLM.format(api=api, check=guard))
    start([VENV / "bin/litellm", "--config", config, "--port", gate, "--host", "127.0.0.1", "--num_workers", 1],
          f"{folder}/litellm.log", env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}, cwd=folder)
    wait(gate, 180)
    for _ in range(100):
        try:
            page(gate, "/health/liveliness")
            break
        except OSError:
            time.sleep(0.5)
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{gate}/v1", api_key="sk-litellm-0000000000", max_retries=0, timeout=60)

    def forwarded():
        return parts.seen(api_admin, "openai|anthropic")

    for model in ("m", "claude"):
        answer = said(client, model, "how to bake oat bread")
        check(f"LiteLLM, {model}: a benign request", isinstance(answer, str) and "oat bread" in answer, answer)
    answer = said(client, "m", "how to bake oat bread", stream=True)
    check("LiteLLM: streamed", isinstance(answer, str) and "oat bread" in answer, answer)
    before = forwarded()
    for name, model, more in (("plain", "m", {}), ("streamed", "m", {"stream": True}), ("to Anthropic", "claude", {})):
        answer = said(client, model, HIDDEN, **more)
        check(f"LiteLLM: a hidden request, {name}", isinstance(answer, openai.BadRequestError) and "content policy" in str(answer), answer)
    split = [{"role": "user", "content": HIDDEN[:70]}, {"role": "assistant", "content": "go on"}, {"role": "user", "content": HIDDEN[70:]}]
    try:
        client.chat.completions.create(model="m", messages=split)
        check("LiteLLM: split over messages", False, "passed")
    except openai.BadRequestError:
        check("LiteLLM: split over messages", True)
    check("nothing of these reached the model", forwarded() == before, f"{before} {forwarded()}")
    metrics = page(admin)
    count = re.search(r'unspool_dialect_requests_total\{dialect="litellm",outcome="block"\} (\d+)', metrics)
    check("all on record", count and int(count[1]) == 4, metrics[:3000])
    end(guarding)
    answer = said(client, "m", "how to bake oat bread")
    check("LiteLLM fails closed without its guardrail", isinstance(answer, openai.APIStatusError) and forwarded() == before, answer)


with tempfile.TemporaryDirectory() as folder:
    try:
        run(folder)
    except BaseException:
        log = pathlib.Path(folder) / "litellm.log"
        print(log.read_text()[-3000:] if log.exists() else "")
        raise
    finally:
        parts.end_all()
print(f"gateways: {parts.held()}; openai {openai.__version__}, LiteLLM 1.110.2")
sys.exit(parts.failed > 0)
