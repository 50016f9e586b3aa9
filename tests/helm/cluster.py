"""The part of a Kubernetes API server that `kubectl create`, `kubectl apply` and `helm install` talk to: it keeps what it is given.

Nothing is scheduled or run; each object is held against Kubernetes' own schema, as a real server would. On loopback.
"""

import base64
import http.server
import json
import threading
import urllib.parse

import kubernetes_validate

VERSION = "1.33"
# Group and version, kind, name in paths.
KINDS = [
    ("v1", "Secret", "secrets"), ("v1", "ConfigMap", "configmaps"), ("v1", "Service", "services"), ("apps/v1", "Deployment", "deployments"),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"), ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
]
GROUPS = sorted({version for version, *_ in KINDS} - {"v1"})


def base(version):
    return f"/api/{version}" if version == "v1" else f"/apis/{version}"


def parts(version):
    group, _, number = version.rpartition("/")
    return group, number


def resources(version):
    verbs = ["create", "delete", "get", "list", "patch", "update"]
    found = [{"name": plural, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": verbs} for of, kind, plural in KINDS if of == version]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": found}


def group(version):
    name, number = parts(version)
    versions = {"groupVersion": version, "version": number}
    return {"name": name, "versions": [versions], "preferredVersion": versions}


def described(version):
    """What tells clients that the server itself looks for fields it does not know."""
    name, number = parts(version)
    asked = {"parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}], "responses": {}}
    paths = {
        f"{base(version)}/namespaces/{{namespace}}/{plural}/{{name}}": {"patch": {**asked, "x-kubernetes-group-version-kind": {"group": name, "version": number, "kind": kind}}}
        for of, kind, plural in KINDS if of == version
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": VERSION}, "paths": paths}


FIXED = {
    "/version": {"major": "1", "minor": "33", "gitVersion": f"v{VERSION}.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group(version) for version in GROUPS]},
    "/openapi/v3": {"paths": {base(version)[1:]: {"serverRelativeURL": f"/openapi/v3{base(version)}"} for version in ["v1", *GROUPS]}},
    **{base(version): resources(version) for version in ["v1", *GROUPS]},
    **{f"/openapi/v3{base(version)}": described(version) for version in ["v1", *GROUPS]},
}


def fields(packed):
    """The fields of a message in Protocol Buffers that are messages, texts or bytes, by number."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = packed[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value

    while at < len(packed):
        tag = varint()
        size = varint()
        if tag & 7 == 2:
            found.setdefault(tag >> 3, []).append(packed[at : at + size])
            at += size
    return found


def read(body):
    """An object out of JSON, or, as kubectl sends a Secret, out of Kubernetes' envelope of Protocol Buffers."""
    if not body.startswith(b"k8s\0"):
        return json.loads(body)
    secret = fields(fields(body[4:])[2][0])
    pairs = [fields(pair) for pair in secret[2]]
    return {
        "apiVersion": "v1", "kind": "Secret", "type": secret[3][0].decode(), "metadata": {"name": fields(secret[1][0])[1][0].decode()},
        "data": {pair[1][0].decode(): base64.b64encode(pair[2][0]).decode() for pair in pairs},
    }


class Cluster:
    """A server for as long as the `with` lasts; `objects` holds what it was given, by kind and name, and `refused` why not."""

    def __init__(self):
        self.objects, self.refused = {}, []
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                length = int(self.headers.get("content-length") or 0)
                body = read(self.rfile.read(length)) if length else None
                status, said = cluster.answer(self.command, urllib.parse.urlsplit(self.path).path, body)
                said = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST = do_PUT = do_PATCH = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()

    def kubeconfig(self):
        address = f"http://127.0.0.1:{self.server.server_address[1]}"
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "here", "users": [{"name": "me", "user": {}}],
            "clusters": [{"name": "here", "cluster": {"server": address}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        })

    def answer(self, method, path, body):
        if path in FIXED:
            return 200, FIXED[path]
        for version, kind, plural in KINDS:
            below, found, name = path.partition(f"/{plural}")
            if found and below.startswith(base(version)) and name[:1] in ("", "/"):
                return self.of_kind(method, version, kind, name[1:], body)
        return failure(404, path)

    def of_kind(self, method, version, kind, name, body):
        if method == "GET" and not name:
            items = [thing for (of, _), thing in self.objects.items() if of == kind]
            return 200, {"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": items}
        if method == "GET":
            known = self.objects.get((kind, name))
            return (200, known) if known else failure(404, f"{kind} {name}")
        return self.keep(kind, body, 201 if method == "POST" else 200)

    def keep(self, kind, thing, status):
        thing["metadata"].setdefault("namespace", "default")
        try:
            kubernetes_validate.validate(thing, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            self.refused.append(f"{kind}: {error.message} at {list(error.path)}")
            return failure(422, self.refused[-1])
        self.objects[kind, thing["metadata"]["name"]] = thing
        return status, thing


def failure(code, message):
    reason = {404: "NotFound", 422: "Invalid"}[code]
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code}
