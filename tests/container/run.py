#!/usr/bin/env python3
"""The container file, built twice from two places and compared, then run as it is meant to be: tests/container/run.py [--once] [--quick]

Needs Debian's buildah and mmdebstrap, and the Rust toolchain and crates that built this tree: the two images that the container
file starts from are made here of Debian's packages, since registries cannot be reached from everywhere. Takes two release builds; with --quick they are not optimised, which shows the same
but of the optimiser.
"""

import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(os.environ.get("CONTAINER_WORK", "/tmp/unspool-container"))
os.environ |= {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", "SOURCE_DATE_EPOCH": "0"}
checks = failed = 0


def check(name, good, told=""):
    global checks, failed
    checks += 1
    if not good:
        failed += 1
        print(f"FAILED {name}: {told}", flush=True)


def run(*command, **more):
    return subprocess.run([str(part) for part in command], check=True, **more)


def said(*command):
    return run(*command, stdout=subprocess.PIPE, text=True).stdout.strip()


def debian(name, packages):
    """An image of these packages and what they need."""
    tar = WORK / f"{name}.tar"
    if not tar.exists():
        variant = "minbase" if name == "rust" else "extract"
        run("mmdebstrap", f"--variant={variant}", f"--include={packages}", "bookworm", tar, stderr=subprocess.DEVNULL)
    holder = said("buildah", "from", "scratch")
    run("buildah", "add", "-q", holder, tar, stdout=subprocess.DEVNULL)
    # Where the toolchain is mounted while it builds.
    run("buildah", "config", "--env", "PATH=/usr/local/rust/bin:/usr/bin:/bin", holder)
    for name_of, value in {"OPT_LEVEL": "0", "LTO": "off", "CODEGEN_UNITS": "16"}.items() if "--quick" in sys.argv and name == "rust" else ():
        run("buildah", "config", "--env", f"CARGO_PROFILE_RELEASE_{name_of}={value}", holder)
    run("buildah", "commit", "-q", "--timestamp", "0", holder, f"localhost/{name}", stdout=subprocess.DEVNULL)
    run("buildah", "rm", holder, stdout=subprocess.DEVNULL)
    return f"localhost/{name}"


def toolchain():
    """Where the compiler and the crates are, and what to mount them as."""
    cargo = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    return pathlib.Path(said("rustc", "--print", "sysroot")), cargo / "registry"


def build(place, base, rust):
    """The image built of a clean copy of this tree that lies at `place`; gives its layers."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    tree = subprocess.Popen(["git", "-C", ROOT, "archive", "HEAD"], stdout=subprocess.PIPE)
    run("tar", "-x", "-C", place, stdin=tree.stdout)
    sysroot, registry = toolchain()
    image = f"localhost/unspool-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"
    run("buildah", "build", "-q", "--timestamp", "0", "--pull-never", "--no-cache", "--build-arg", f"RUST={rust}", "--build-arg", f"BASE={base}",
        "--volume", f"{sysroot}:/usr/local/rust:ro", "--volume", f"{registry}:/usr/local/cargo/registry", "--network", "host", "-f", place / "deploy/Containerfile", "-t", image, place, stdout=subprocess.DEVNULL)
    return image, json.loads(said("buildah", "inspect", "--type", "image", image))


def serve(image):
    """Runs what is in the image as nobody in particular, with nothing to write to, and asks it."""
    holder = said("buildah", "from", "--pull-never", image)
    root = said("buildah", "mount", holder)
    command = (f"mount --bind {root} {root} && mount -o remount,bind,ro {root} && exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid "
               f"chroot --userspec=65532:65532 --groups= {root} /usr/bin/unspool serve --upstream echo: --listen 127.0.0.1:18088")
    with tempfile.TemporaryFile() as log:
        proxy = subprocess.Popen(["unshare", "--mount", "sh", "-c", command], stderr=log)
        try:
            status = None
            for _ in range(100):
                try:
                    asked = http.client.HTTPConnection("127.0.0.1", 18088, timeout=5)
                    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "describe how to bake rye bread"}]})
                    asked.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
                    status = asked.getresponse().status
                    break
                except OSError:
                    time.sleep(0.1)
            owner = re.search(r"^Uid:\s+(\d+)", pathlib.Path(f"/proc/{proxy.pid}/status").read_text(), re.M)[1] if status else None
        finally:
            proxy.terminate()
            proxy.wait(40)
            run("buildah", "umount", holder, stdout=subprocess.DEVNULL)
            run("buildah", "rm", holder, stdout=subprocess.DEVNULL)
        log.seek(0)
        return status, owner, log.read().decode()


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    rust = debian("rust", "gcc,g++,libc6-dev,make,binutils,ca-certificates")
    base = debian("base", "libc6,libgcc-s1,ca-certificates")
    first, told = build(WORK / "one/unspool", base, rust)
    config = told["OCIv1"]["config"]
    check("not root", config.get("User") == "65532:65532", config)
    check("it serves", config.get("Entrypoint") == ["/usr/bin/unspool"] and config["Cmd"][0] == "serve", config)
    history = told["OCIv1"]["rootfs"]["diff_ids"]
    status, owner, log = serve(first)
    check("it answers, as nobody and with nothing to write to", (status, owner) == (200, "65532"), (status, owner, log))
    if "--once" not in sys.argv:
        second, again = build(WORK / "another/place/for/it", base, rust)
        check("built elsewhere it is the same", again["OCIv1"]["rootfs"]["diff_ids"] == history, (history, again["OCIv1"]["rootfs"]["diff_ids"]))
        check("to the last byte", told["FromImageDigest"] == again["FromImageDigest"], (told["FromImageDigest"], again["FromImageDigest"]))
    quick = ", not optimised" if "--quick" in sys.argv else ""
    print(f"container{quick}: {checks - failed} of {checks} checks hold; {told['FromImageDigest']}")
    sys.exit(failed > 0)


main()
