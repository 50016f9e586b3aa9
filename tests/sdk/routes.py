"""Every route that the installed Python clients know, asked of the proxy: is it served, switched off by name, or unknown?

usage: routes.py PROXY   (its upstream a stand-in; run.sh starts both)

The routes are read from the clients' own source. Those of the APIs that are served here (`SERVED`) must be known; whatever else a client
has (an organization's administration, agents that a vendor runs) must be refused as unknown: 404 and nothing sent on. Prints one line a
client.
"""

import collections
import glob
import http.client
import json
import re
import sys
import sysconfig
import urllib.parse

HOST = urllib.parse.urlsplit(sys.argv[1]).netloc
PLACE = sysconfig.get_paths()["purelib"]
VERBS = {"get_api_list": "GET"}
# Where each client keeps its routes, how they stand there, and what comes before them.
CLIENTS = {
    "openai": ("openai/resources", r'self\._(post|get|delete|put|patch|get_api_list)\(\s*(?:path_template\(\s*)?f?"([^"]+)"([^)]{0,60})', "/v1"),
    "anthropic": ("anthropic/resources", r'self\._(post|get|delete|put|patch|get_api_list)\(\s*(?:path_template\(\s*)?f?"([^"]+)"([^)]{0,60})', ""),
    "ollama": ("ollama", r"'(GET|POST|DELETE|HEAD)',\s*f?'(/[^']*)'()", ""),
    "mistralai": ("mistralai/client", r'method="([A-Z]+)",\s*path="([^"]+)"()', ""),
    "cohere": ("cohere", r'\.(?:request|stream)\(\s*f?"(?P<path>[^"]+)",\s*method="(?P<verb>[A-Z]+)"()', "/"),
    "google-genai": ("google/genai", r"path = '(\{model\})(:[A-Za-z?=]+)'()", "/v1beta/models/"),
}
# The APIs served, by how their paths begin and go on (Gemini counts tokens; to compute them is Vertex AI's).
NAME = "x1"
SERVED = re.compile(
    r"/v1/(chat/completions|completions|responses|conversations|embeddings|moderations|images|audio/(speech|transcriptions|translations)|files|"
    r"uploads|batches|assistants|threads|vector_stores|containers|evals|fine_tuning/(jobs|alpha)|models|messages(/count_tokens|/batches|$)|complete$|"
    r"fim|agents/completions|chat/moderations|chat/classifications|classifications|ocr|batch/jobs)(/|$|\?)"
    r"|/api/(chat|generate|embed|embeddings|show|tags|ps|version|create|push|pull|copy|delete|blobs)"
    r"|/v2/(chat|embed|rerank)$|/v1beta/models/x1:(?!computeTokens)"
)


def routes(client):
    folder, pattern, before = CLIENTS[client]
    for path in glob.glob(f"{PLACE}/{folder}/**/*.py", recursive=True):
        for found in re.finditer(pattern, open(path).read()):
            if client == "google-genai":
                yield "POST", before + NAME + found[2]
                continue
            named = found.groupdict()
            verb, route = named.get("verb", found[1]), named.get("path", found[2])
            verb = VERBS.get(verb, verb).upper()
            # OpenAI's client lists some things by POST.
            if found[1] == "get_api_list" and route.endswith("/search"):
                verb = "POST"
            yield verb, before + re.sub(r"\{[^}]*\}", NAME, route).split("#")[0]


def ask(verb, path):
    """Status, and whether it was sent on."""
    connection = http.client.HTTPConnection(HOST, timeout=20)
    body = json.dumps({"model": "m"}) if verb in ("POST", "PUT", "PATCH") else None
    connection.request(verb, path, body, {"content-type": "application/json"} if body else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("x-unspool-action")


def main():
    wrong = []
    for client in CLIENTS:
        counts = collections.Counter()
        for verb, path in sorted(set(routes(client))):
            status, action = ask(verb, path)
            # A form is asked for where JSON is sent: the route is known.
            kind = {404: "unknown", 405: "unknown", 403: "switched off", 415: "served"}.get(status, "served") if action == "reject" else "served"
            counts[kind] += 1
            if kind == "unknown" and SERVED.match(path):
                wrong.append(f"{client}: {verb} {path} is not known: {status}")
            if "--list" in sys.argv:
                print(f"{kind:12} {client:12} {verb:6} {path}")
        if not counts["served"]:
            wrong.append(f"{client}: no route found in its source")
        print(f"{client}: {sum(counts.values())} routes: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items()))}")
    print("\n".join(wrong))
    print(f"{len(wrong)} routes of the APIs served are not known")
    sys.exit(bool(wrong))


main()
