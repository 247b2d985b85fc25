"""Whose rows the statements of this thread may see. PostgreSQL keeps it, whatever a view forgets (second_lock).

A request begins as nobody and sees no organization. The person who is signed in, or the secret that came with it, opens
the organizations that belong to them: PostgreSQL looks up which those are. Commands are the owner, who sees all.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace

SERVER, STAFF = "orgdash_server", "orgdash_staff"  # roles of PostgreSQL
MAKE_ROLE = """
DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""


@dataclass(frozen=True, slots=True)
class Sight:
    """`role` "" is whoever connected. `organization`: the one whose usage is asked for, where there may be several."""

    role: str = ""
    person: int | None = None
    email: str = ""  # of who is just signing in
    secret_hash: str = ""  # of an API key or an access token
    organization: int | None = None

    def as_sql(self) -> tuple[str, list[object]]:
        """The statement that tells it to a connection, and its values. What does not belong to them stays unseen."""
        role, person = self.role or "none", str(self.person or "")
        told = "SELECT set_config('role', %s, false), set_config('orgdash.person', %s, false)"
        told += ", set_config('orgdash.email', %s, false)"
        if self.person is None and not self.secret_hash:
            nothing = ", set_config('orgdash.organizations', '', false), set_config('orgdash.organization', '', false)"
            return told + nothing, [role, person, self.email]
        told += (
            ", set_config('orgdash.organizations', theirs::text, false), set_config('orgdash.organization', coalesce("
            "CASE WHEN %s::bigint = ANY(theirs) THEN %s::bigint WHEN cardinality(theirs) = 1 THEN theirs[1] END::text"
            ", ''), false) FROM orgdash_organizations(%s, %s) AS theirs"
        )
        return told, [role, person, self.email, *[self.organization] * 2, self.person, self.secret_hash]


OWNER, NOBODY, EVERYTHING = Sight(), Sight(SERVER), Sight(STAFF)

_outside = OWNER  # of any request
_current: ContextVar[Sight | None] = ContextVar("orgdash_sight", default=None)


def current() -> Sight:
    return _current.get() or _outside


def serve() -> None:
    """This process serves: what runs in it outside of requests sees nothing."""
    global _outside  # noqa: PLW0603 - of the process, threads to come included
    _outside = NOBODY


def begin() -> None:
    """A request begins, as nobody."""
    _current.set(NOBODY)


def end() -> None:
    _current.set(None)


def show(*, person: int | None = None, email: str = "", secret_hash: str = "") -> None:
    """From the next statement on, what belongs to this one person, address or secret. Outside of requests nothing."""
    if current().role == SERVER:
        _current.set(Sight(SERVER, person, email, secret_hash))


def show_organization(number: int) -> None:
    """Its usage too, if it is one of those that may be seen."""
    if current().role == SERVER:
        _current.set(replace(current(), organization=number))


def show_everything() -> None:
    """To the site's staff, once it is known that they are."""
    if current().role == SERVER:
        _current.set(EVERYTHING)
