"""Who and what there is in the demo. Data only; `traffic` turns rates into requests, `seed` writes it all."""

from dataclasses import dataclass
from decimal import Decimal

PASSWORD = "orgdash-demo"  # noqa: S105 - printed by `make run`


@dataclass(frozen=True, slots=True)
class Sent:
    """A model as one gateway names it, and its US dollars per million input, cached input and output tokens.

    Without prices its gateway never says what a request cost.
    """

    provider: str
    name: str
    prices: tuple[Decimal, Decimal, Decimal] | None


def _sent(provider: str, name: str, *prices: str) -> Sent:
    if not prices:
        return Sent(provider, name, None)
    new, cached, output = map(Decimal, prices)
    return Sent(provider, name, (new, cached, output))


_GPT55 = ("2.5", "0.25", "15")
_SONNET = ("3", "0.3", "15")
MODELS = {
    "gpt-5": _sent("openai", "gpt-5", "1.25", "0.125", "10"),
    "gpt-5.5": _sent("openai", "gpt-5.5", *_GPT55),
    "gpt-5.5 azure": _sent("azure", "azure/gpt-5.5", *_GPT55),
    "gpt-5.5 router": _sent("openrouter", "openrouter/openai/GPT-5.5:nitro", *_GPT55),
    "mini": _sent("openai", "openai/gpt-5.5-mini", "0.4", "0.04", "1.6"),
    "tuned": _sent("openai", "ft:gpt-4o-mini:northwind::a81c", "0.3", "0.15", "1.2"),
    "sonnet": _sent("anthropic", "claude-sonnet-4-5", *_SONNET),
    "sonnet bedrock": _sent("bedrock", "anthropic.claude-sonnet-4-5-v1:0", *_SONNET),
    "haiku": _sent("anthropic", "claude-haiku-4-5", "1", "0.1", "5"),
    "opus": _sent("anthropic", "claude-opus-4-5", "5", "0.5", "25"),
    "gemini": _sent("vertex_ai", "vertex_ai/gemini-3-pro", "2", "0.2", "12"),
    "flash": _sent("google", "gemini-3-flash", "0.3", "0.03", "2.5"),
    "embed": _sent("openai", "text-embedding-3-large"),
    "llama 8b": _sent("fireworks", "accounts/fireworks/models/llama-v3p1-8b", "0.2", "0.2", "0.2"),
    "llama 70b": _sent("ollama", "llama3:70b-instruct"),  # on their own machines: nobody knows what it costs
    # Told of by spans, which do not say what a call cost: list prices do.
    "gpt-5.5 span": _sent("openai", "gpt-5.5"),
    "sonnet span": _sent("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    "haiku span": _sent("anthropic", "claude-haiku-4-5-20251001"),
    "opus span": _sent("anthropic", "claude-opus-4-5"),
}
# The same model under the name one cloud gives it.
ALIAS = ("bedrock", "anthropic.claude-sonnet-4-5-v1:0", "claude-sonnet-4-5")
REPLACED, REPLACEMENT, REPLACED_DAYS_AGO = "gpt-5", "gpt-5.5", 130


@dataclass(frozen=True, slots=True)
class Key:
    """`rate`: requests on a working day now. `tokens`: typical input and output of one. Days count back from now.

    `failing`: so many days ago its model server began to fail, most of the time.
    """

    description: str
    creator: str
    rate: float
    models: tuple[str, ...]
    tokens: tuple[int, int]
    rhythm: str = "office"
    first_day_ago: int | None = None
    last_day_ago: int = 0
    revoked: bool = False
    failing: int = 0


@dataclass(frozen=True, slots=True)
class Project:
    """`growth`: a month's, as a fraction. `spike`: (days ago, times as much). Of the keys `idle` there is no usage."""

    slug: str
    name: str
    growth: float
    keys: tuple[Key, ...]
    spike: tuple[int, float] | None = None
    archived: bool = False
    idle: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    slug: str
    name: str
    plan: str
    time_zone: str
    members: tuple[tuple[str, str, str], ...]  # e-mail, name, role
    projects: tuple[Project, ...]


_N = "@northwind.example"
_MAYA, _CHEN, _PRIYA, _AIKO = f"maya{_N}", f"chen{_N}", f"priya{_N}", f"aiko{_N}"
_TOMAS, _LENA, _OMAR, _JUNE, _IVAN = f"tomas{_N}", f"lena{_N}", f"omar{_N}", f"june{_N}", f"ivan{_N}"
_SOFIA, _NOAH = "sofia@lumen.example", "noah@lumen.example"

NORTHWIND = Company(
    "northwind",
    "Northwind Labs",
    "enterprise",
    "UTC",
    (
        (_MAYA, "Maya Okafor", "owner"),
        (_CHEN, "Chen Wei", "admin"),
        (_PRIYA, "Priya Raman", "admin"),
        (_AIKO, "Aiko Tanaka", "developer"),
        (_TOMAS, "Tomás Silva", "developer"),
        (_LENA, "Lena Fischer", "developer"),
        (_OMAR, "Omar Haddad", "developer"),
        (_JUNE, "June Park", "developer"),
        (_IVAN, "Ivan Petrov", "developer"),
    ),
    (
        Project(
            "production",
            "Production API",
            0.06,
            (
                Key("api-prod-us", _CHEN, 32, ("gpt-5.5", "gpt-5.5", "gpt-5.5 azure", "mini"), (22000, 2200), "web"),
                Key("api-prod-eu", _CHEN, 22, ("gpt-5.5 azure", "gpt-5.5", "mini"), (22000, 2200), "web"),
                Key("api-prod-apac", _AIKO, 13, ("gpt-5.5", "sonnet"), (20000, 2100), "web", 250),
                Key("api-partners", _LENA, 7, ("gpt-5.5 router", "sonnet"), (18000, 1800), "web"),
                Key("api-canary", _AIKO, 3, ("gpt-5.5", "mini"), (18000, 1800), "always"),
                Key("api-staging", _TOMAS, 4, ("mini", "flash"), (16000, 1400)),
            ),
        ),
        Project(
            "chatbot",
            "Support Chatbot",
            0.05,
            (
                Key("chatbot-prod-us", _PRIYA, 30, ("sonnet", "haiku"), (17000, 900), "web"),
                Key("chatbot-prod-eu", _PRIYA, 22, ("sonnet bedrock", "haiku span"), (17000, 900), "web"),
                Key("agent-assist-web", _JUNE, 5, ("sonnet", "gpt-5.5"), (28000, 1600)),
                Key("ticket-triage-worker", _OMAR, 20, ("haiku span", "tuned"), (24000, 400), "always"),
                Key("kb-sync-nightly", _OMAR, 12, ("embed", "flash"), (60000, 300), "nightly"),
                Key("chatbot-staging", _AIKO, 3, ("sonnet", "haiku"), (16000, 900)),
                Key("voice-pilot", _JUNE, 2.2, ("gpt-5.5", "haiku"), (9000, 1000), "office", 24),
                Key("zendesk-bridge", _PRIYA, 7, ("haiku", "gpt-5.5"), (14000, 800), "web", None, 13, True),
            ),
        ),
        Project(
            "research",
            "Research & Evals",
            0.03,
            (
                Key("evals-runner", _IVAN, 6, ("opus", "gpt-5.5", "gemini"), (52000, 5200)),
                Key("research-notebooks", _LENA, 3, ("opus span", "sonnet"), (40000, 4500)),
                Key("benchmark-weekly", _IVAN, 2.2, ("gemini", "opus", "llama 70b"), (48000, 4500), "monday"),
                Key("self-hosted-tests", _LENA, 2.2, ("llama 70b",), (36000, 3800), failing=13),
            ),
            (12, 3.2),
        ),
        Project(
            "search",
            "Document Search",
            0.04,
            (
                Key("search-prod", _OMAR, 36, ("flash", "embed", "flash"), (60000, 600), "web"),
                Key("search-reindex", _OMAR, 16, ("embed",), (90000, 0), "nightly"),
                Key("search-rerank", _TOMAS, 16, ("gemini", "flash"), (52000, 300), "web"),
                Key("search-staging", _TOMAS, 2.2, ("flash",), (40000, 400)),
            ),
        ),
        Project(
            "review",
            "Code Review Bot",
            0.14,
            (
                Key("review-bot-ci", _IVAN, 3, ("sonnet", "opus"), (104000, 5700)),
                Key("review-bot-security", _CHEN, 1.1, ("opus",), (120000, 6000), "nightly"),
                Key("review-bot-dev", _IVAN, 0.6, ("sonnet",), (80000, 4500)),
            ),
        ),
        Project(
            "internal",
            "Internal Tools",
            -0.03,
            (
                Key("slack-assistant", _JUNE, 6, ("gpt-5.5", "mini"), (26000, 1600)),
                Key("meeting-notes", _JUNE, 3, ("gpt-5.5 span", "flash"), (44000, 2700)),
                Key("hr-helpdesk", _MAYA, 1.5, ("mini", "haiku"), (18000, 1200)),
                Key("sql-copilot", _TOMAS, 2.2, ("sonnet span",), (24000, 1400)),
            ),
            idle=(Key("old-migration", _CHEN, 0, (), (0, 0)),),
        ),
        Project(
            "enrichment",
            "Data Enrichment",
            -0.04,
            (
                Key("enrich-batch", _LENA, 39, ("llama 8b", "mini", "flash"), (38000, 1500), "nightly"),
                Key("enrich-stream", _LENA, 20, ("mini", "flash", "haiku span"), (22000, 900), "always"),
                Key("enrich-backfill", _OMAR, 4, ("llama 8b",), (24000, 900), "nightly"),
            ),
        ),
        Project(
            "copilot",
            "Sales Copilot",
            0.2,
            (
                Key("copilot-crm", _AIKO, 4, ("gpt-5.5", "sonnet"), (24000, 2000), "office", 165),
                Key("copilot-email", _AIKO, 1.9, ("gpt-5.5",), (16000, 1500), "office", 140),
            ),
        ),
        Project(
            "mobile",
            "Mobile App",
            0.09,
            (
                Key("mobile-ios", _JUNE, 8, ("mini", "haiku"), (10000, 800), "web"),
                Key("mobile-android", _JUNE, 6, ("mini", "haiku"), (10000, 800), "web"),
            ),
            idle=(Key("mobile-legacy", _JUNE, 0, (), (0, 0), last_day_ago=43),),
        ),
        Project("marketing", "Marketing Drafts", -0.03, (Key("drafts", _MAYA, 2.2, ("gpt-5.5",), (12000, 2100)),)),
        Project(
            "sandbox",
            "Sandbox",
            0.02,
            (
                Key("sandbox-shared", _AIKO, 1.5, ("mini", "flash", "llama 70b"), (14000, 1000)),
                Key("onboarding", _TOMAS, 0.6, ("mini",), (10000, 800)),
            ),
        ),
        Project(
            "translator",
            "Legacy Translator",
            -0.06,
            (Key("translator-v1", _CHEN, 3, ("gpt-5",), (12000, 1400), "office", None, 95, True),),
            archived=True,
        ),
    ),
)

LUMEN = Company(
    "lumen",
    "Lumen Studio",
    "pro",
    "America/New_York",
    ((_SOFIA, "Sofia Reyes", "owner"), (_NOAH, "Noah Klein", "admin"), (_PRIYA, "Priya Raman", "developer")),
    (
        Project(
            "lumen-site",
            "Website Assistant",
            0.05,
            (
                Key("site-prod", _SOFIA, 4, ("sonnet", "haiku"), (12000, 900), "web"),
                Key("site-preview", _PRIYA, 1.5, ("haiku",), (10000, 800)),
            ),
        ),
        Project("lumen-briefs", "Creative Briefs", 0.02, (Key("briefs", _NOAH, 2.2, ("gpt-5.5",), (14000, 2200)),)),
    ),
)

TANAKA = Company(
    "tanaka",
    "Tanaka Lab",
    "free",
    "Asia/Tokyo",
    ((_AIKO, "Aiko Tanaka", "owner"), (_LENA, "Lena Fischer", "developer")),
    (
        Project(
            "tanaka-thesis", "Thesis", 0, (Key("laptop", _AIKO, 1.5, ("gemini", "flash"), (18000, 1400), "evening"),)
        ),
    ),
)

COMPANIES = (NORTHWIND, LUMEN, TANAKA)

# Who to sign in as, and what they get to see.
VISITORS = (
    (_MAYA, "owner of Northwind Labs (Enterprise): the whole organization"),
    (_AIKO, "developer at Northwind Labs: own usage; owner of Tanaka Lab (Free)"),
    (_SOFIA, "owner of Lumen Studio (Pro): the upgrade card"),
)
