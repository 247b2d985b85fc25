"""The ways usage comes in, each with a help page of its own (templates/analytics/senders/). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """`slug` stands in the address of its page, and names the template."""

    slug: str
    name: str
    title: str
    summary: str


SENDERS: dict[str, Sender] = {
    sender.slug: sender
    for sender in (
        Sender(
            "litellm",
            "LiteLLM",
            "Send usage from LiteLLM",
            "The proxy or the Python package logs every call to this server.",
        ),
        Sender(
            "opentelemetry",
            "OpenTelemetry",
            "Send usage from OpenTelemetry",
            "Spans of model calls, from an SDK or a Collector.",
        ),
        Sender(
            "claude-code",
            "Claude Code",
            "Send usage from Claude Code",
            "Every person's calls, with an API key for each.",
        ),
        Sender("codex", "Codex", "Send usage from Codex", "Every person's calls, with an API key for each."),
        Sender(
            "gemini-cli",
            "Gemini CLI",
            "Send usage from Gemini CLI",
            "Every person's calls, with an API key for each.",
        ),
        Sender("cursor", "Cursor", "Send usage from Cursor", "A team's calls, sent by Cursor's servers."),
        Sender(
            "events",
            "Usage events",
            "Send usage events",
            "Anything that can send JSON: one event, or up to 1,000 at once.",
        ),
        Sender(
            "files",
            "Files",
            "Import files of usage",
            "Exports of OpenAI, Anthropic, OpenRouter, LiteLLM and Azure, or JSON Lines.",
        ),
    )
}
