"""Build the container image without a registry, and run it as a container would: `python -m tests.image`.

The base comes from Debian's packages by mmdebstrap, the libraries from a folder of wheels, and buildah builds
without containers of its own. Then the image's own command and health check run in its file system, mounted
read-only, as its own user. Needs root, and Debian's packages mmdebstrap and buildah.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.postgres import run_server

ROOT = Path(__file__).resolve().parents[1]
# Outside the project, because it has whole file systems.
WORK = Path("/var/tmp/shop-image")
BASE, IMAGE = "localhost/debian-with-python", "localhost/shop"
BUILDAH = [
    "buildah",
    "--root",
    str(WORK / "store"),
    "--runroot",
    str(WORK / "run"),
    "--storage-driver",
    "vfs",
]
REQUIREMENTS = ROOT / "requirements-extras.txt"
SETTINGS = {
    "SECRET_KEY": "image-test-" + "k" * 50,
    "ENCRYPTION_KEYS": "q3sdnf3vOSBnBf4tn8C2pXtWj1zFvJ0m1gJcZl8k8Vg=",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "PUBLIC_SCHEME": "http",
    "CACHE_URL": "dbcache://cache",
}


def run(*command: Any, **options: Any) -> str:
    """Run a command. Return its output."""
    result = subprocess.run(
        [str(part) for part in command], check=True, text=True, stdout=subprocess.PIPE, **options
    )
    return result.stdout.strip()


def buildah(*arguments: Any) -> str:
    return run(*BUILDAH, *arguments, env=os.environ | {"BUILDAH_ISOLATION": "chroot"})


def make_base() -> None:
    """Make a Debian of this machine's release with Python, and import it as the base. Kept for later."""
    tarball = WORK / "base.tar"
    if not tarball.exists():
        release = re.search(r"VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text())
        assert release is not None, "needs Debian"
        packages = "--include=ca-certificates,python3,python3-venv"
        run("mmdebstrap", "--quiet", "--variant=minbase", packages, release[1], tarball)
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, tarball, "/")
    buildah("commit", "--quiet", "--format", "docker", container, BASE)
    buildah("rm", container)


def download_wheels() -> Path:
    """Download the locked libraries with this machine's pip. Return their folder."""
    # The base's Python may be an older patch release, so leave no library out.
    text = re.sub(r" ; python_full_version[^\\\n]*", " ", REQUIREMENTS.read_text())
    requirements = WORK / "requirements.txt"
    requirements.write_text(text)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--require-hashes"]
    run(*pip, "--requirement", requirements, "--dest", WORK / "wheels")
    return WORK / "wheels"


def build_image(wheels: Path) -> None:
    arguments = {"BASE": BASE, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
    options = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    buildah(
        "build",
        "--quiet",
        "--format",
        "docker",
        "--volume",
        f"{wheels}:/wheels:ro",
        *options,
        "--tag",
        IMAGE,
        ROOT,
    )


class Container:
    """The image's file system, in which commands run read-only and without rights, as its settings say."""

    def __init__(self, *, root: str, config: dict[str, Any], volume: Path, environ: dict[str, str]) -> None:
        self.root, self.config, self.volume = Path(root), config, volume
        self.environ = dict(entry.split("=", 1) for entry in config["Env"]) | environ

    def command(self, arguments: list[str]) -> list[str]:
        """Return the command that runs `arguments` in mounts of their own."""
        root, work = self.root, self.config["WorkingDir"]
        environ = [f"{name}={value}" for name, value in self.environ.items()]
        mounts = [
            f"mount --bind {root} {root}",
            f"mount --rbind /dev {root}/dev",
            f"mount -t proc proc {root}/proc",
            f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",
            f"mount --bind {self.volume} {root}{work}/var/media",
            f"mount -o remount,ro,bind {root}",
        ]
        uid = run("sh", "-c", f"grep ^{self.config['User']}: {root}/etc/passwd | cut -d: -f3,4")
        inside = shlex.join(["sh", "-c", f"cd {work} && exec {shlex.join(arguments)}"])
        enter = f"exec chroot --userspec={uid} {root} env -i {shlex.join(environ)} {inside}"
        return ["unshare", "--mount", "sh", "-ec", "; ".join([*mounts, enter])]

    def run(self, *arguments: str) -> str:
        return run(*self.command(list(arguments)))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command(list(arguments)))


@contextmanager
def mount_image(environ: dict[str, str]) -> Iterator[Container]:
    """Yield a container of the image with a volume for pictures."""
    container = buildah("from", IMAGE)
    config = json.loads(buildah("inspect", container))["Docker"]["config"]
    with tempfile.TemporaryDirectory(prefix="shop-image-") as volume:
        Path(volume).chmod(0o777)
        try:
            yield Container(
                root=buildah("mount", container), config=config, volume=Path(volume), environ=environ
            )
        finally:
            buildah("umount", container)
            buildah("rm", container)


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status, response.read().decode()


def wait_until(condition: Any, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: not after {seconds} seconds")
        time.sleep(0.5)


def check_container(container: Container) -> None:
    """Run commands, the web server, and the reconciler. Exits with what is wrong."""
    assert container.run("id", "-u") == "10001"
    touch = "touch /srv/shop/x 2>/dev/null || touch /opt/venv/x 2>/dev/null || echo refused"
    assert container.run("sh", "-c", touch) == "refused", "the file system is writable"
    for prepare in (["migrate", "--verbosity", "0"], ["createcachetable"], ["create_staff_roles"], ["check"]):
        container.run("python", "manage.py", *prepare)
    port = free_port()
    # The image's own command, on a port that is free here: there is no network of its own.
    command = [
        "127.0.0.1:" + str(port) if part == "0.0.0.0:8000" else part for part in container.config["Cmd"]
    ]
    web = container.start(*command)
    reconciler = container.start("python", "manage.py", "reconcile", "--forever", "--every", "1")
    try:
        container.environ["PORT"] = str(port)
        probe = container.command(container.config["Healthcheck"]["Test"][1:])
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        wait_until(lambda: subprocess.run(probe, check=False, **quiet).returncode == 0, "the health check")
        ready = f"http://127.0.0.1:{port}/readyz"
        wait_until(lambda: json.loads(fetch(ready)[1])["reconciler"] == "ok", "the reconciler")
        status, page = fetch(f"http://127.0.0.1:{port}/admin/login/")
        style = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
        assert status == 200, "the sign-in page"
        assert style is not None, "static files have no hashed names"
        assert fetch(f"http://127.0.0.1:{port}{style[1]}")[0] == 200, "a stylesheet"
    finally:
        for process in (web, reconciler):
            process.terminate()
        codes = [process.wait(timeout=40) for process in (web, reconciler)]
    assert codes == [0, 0], f"they ended with {codes}"
    assert subprocess.run(probe, check=False, **quiet).returncode == 1, (
        "the health check passes without a server"
    )


def main() -> int:
    missing = [name for name in ("mmdebstrap", "buildah") if shutil.which(name) is None]
    if missing:
        print(f"Missing: sudo apt install {' '.join(missing)}")
        return 1
    if os.geteuid() != 0:
        print("Run it as root: sudo make image-test")
        return 1
    WORK.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    if "--only-run" not in sys.argv:  # run the image that the last build left there
        make_base()
        build_image(download_wheels())
        print(f"built in {time.monotonic() - started:.0f} seconds", flush=True)
    with run_server(tcp=True) as url, mount_image(SETTINGS | {"DATABASE_URL": url}) as container:
        check_container(container)
    print(f"built and run in {time.monotonic() - started:.0f} seconds: 1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
