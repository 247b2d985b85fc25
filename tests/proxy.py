"""nginx for real, with the very file of deploy/, before any two servers of this machine."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pytest

from tests.servers import ROOT, free_port, wait_for

TEMPLATE = ROOT / "deploy" / "orgdash.conf.template"
NGINX = shutil.which("nginx", path=f"{ROOT}/.venv/nginx/usr/sbin:/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="there is no nginx; on Debian `make nginx` brings it")
# Every path is given: Debian's own are not there until its package is installed.
MAIN = """
pid {0}/nginx.pid; error_log {0}/error.log; worker_processes 1; daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log {0}/access.log;
    client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;
    fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
    include {0}/orgdash.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    port: int
    trust: ssl.SSLContext


class Variables(Template):
    """nginx's image replaces what is in braces alone; `$host` is nginx's own."""

    pattern = r"\$(?:\{(?P<braced>[A-Z_]+)\}|(?P<named>(?!))|(?P<escaped>(?!))|(?P<invalid>(?!)))"


def written(directory: Path, pages: int, doors: int, plain: int, secure: int) -> Path:
    """The configuration as it is run, with a certificate made for it."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)
    given = {"PAGES": f"127.0.0.1:{pages}", "DOORS": f"127.0.0.1:{doors}", "HTTP_PORT": plain, "HTTPS_PORT": secure}
    given |= {"DOMAIN": "localhost", "CHALLENGES": directory, "CERTIFICATE": certificate, "CERTIFICATE_KEY": key}
    (directory / "orgdash.conf").write_text(Variables(TEMPLATE.read_text()).substitute(given))
    main = directory / "nginx.conf"
    main.write_text(MAIN.format(directory))
    directory.chmod(0o755)  # nginx's workers are another user
    return main


@contextmanager
def nginx(directory: Path, pages: int, doors: int) -> Iterator[Proxy]:
    plain, secure = free_port(), free_port()
    main = written(directory, pages, doors, plain, secure)
    with subprocess.Popen(
        [NGINX, "-e", str(directory / "error.log"), "-c", str(main)], stdout=subprocess.DEVNULL
    ) as process:
        try:
            wait_for(secure)
            yield Proxy(secure, ssl.create_default_context(cafile=str(directory / "certificate.pem")))
        finally:
            process.terminate()
