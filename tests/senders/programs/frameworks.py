"""Frameworks that call models through clients of their own."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any

from tests.senders.programs import calls
from tests.senders.programs.sdks import instrumentor


def langchain() -> None:
    from langchain_anthropic import ChatAnthropic
    from langchain_core.messages import HumanMessage
    from langchain_openai import ChatOpenAI

    claude = ChatAnthropic(model=calls.CLAUDE, api_key="none", base_url=calls.MODELS, max_retries=0)
    base = f"{calls.MODELS}/v1"
    gpt = ChatOpenAI(model=calls.CHAT, api_key="none", base_url=base, max_retries=0, stream_usage=True)
    for model in (claude, gpt):
        model.invoke(calls.HELLO)
        list(model.stream(calls.HELLO))
        with contextlib.suppress(Exception):
            model.invoke(calls.FAILING)
    claude.invoke([HumanMessage(content=calls.cached_for("1h")[0]["content"])])


def langgraph() -> None:
    from langchain.agents import create_agent
    from langchain_anthropic import ChatAnthropic

    claude = ChatAnthropic(model=calls.CLAUDE, api_key="none", base_url=calls.MODELS, max_retries=0)
    agent = create_agent(claude, tools=[])
    agent.invoke({"messages": calls.said()})
    list(agent.stream({"messages": calls.said()}, stream_mode="messages"))


def pydantic_ai() -> None:
    from pydantic_ai import Agent
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.anthropic import AnthropicProvider
    from pydantic_ai.providers.google import GoogleProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    gpt = OpenAIProvider(openai_client=calls.openai_client("AsyncOpenAI"))
    claude = AnthropicProvider(anthropic_client=calls.anthropic_client("AsyncAnthropic"))
    models = (
        OpenAIChatModel(calls.CHAT, provider=gpt),
        OpenAIResponsesModel(calls.REASONS, provider=gpt),
        AnthropicModel(calls.CLAUDE, provider=claude),
        GoogleModel(calls.GEMINI, provider=GoogleProvider(client=calls.gemini_client())),
    )
    Agent.instrument_all()

    async def run() -> None:
        for model in models:
            agent = Agent(model)
            await agent.run(calls.HELLO)
            async with agent.run_stream(calls.HELLO) as answer:
                await answer.get_output()
            with contextlib.suppress(Exception):
                await agent.run(calls.FAILING)

    asyncio.run(run())


def logfire() -> None:
    import logfire as fire

    fire.configure(send_to_logfire=False, console=False)
    fire.instrument_openai()
    calls.call_openai()
    calls.call_openai_responses()
    fire.shutdown()


def langfuse() -> None:
    from langfuse import Langfuse
    from langfuse.openai import OpenAI

    fuse = Langfuse(public_key="pk", secret_key="sk", span_exporter=exporter())
    client = OpenAI(api_key="none", base_url=f"{calls.MODELS}/v1", max_retries=0)
    client.chat.completions.create(model=calls.CHAT, messages=calls.said())
    stream = {"stream": True, "stream_options": {"include_usage": True}}
    list(client.chat.completions.create(model=calls.CHAT, messages=calls.said(), **stream))
    client.responses.create(model=calls.REASONS, input=calls.HELLO)
    with contextlib.suppress(Exception):
        client.chat.completions.create(model=calls.CHAT, messages=calls.said(calls.FAILING))
    fuse.flush()


def exporter() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def llama_index() -> None:
    from llama_index.embeddings.openai import OpenAIEmbedding
    from llama_index.llms.anthropic import Anthropic
    from llama_index.llms.openai import OpenAI

    claude = Anthropic(model=calls.CLAUDE, api_key="none", base_url=calls.MODELS, max_retries=0)
    more = {"stream_options": {"include_usage": True}}
    base = f"{calls.MODELS}/v1"
    gpt = OpenAI(model=calls.CHAT, api_key="none", api_base=base, max_retries=0)
    streams = OpenAI(model=calls.CHAT, api_key="none", api_base=base, max_retries=0, additional_kwargs=more)
    for model, streaming in ((claude, claude), (gpt, streams)):
        model.complete(calls.HELLO)
        list(streaming.stream_complete(calls.HELLO))
        with contextlib.suppress(Exception):
            model.complete(calls.FAILING)
    OpenAIEmbedding(model_name="text-embedding-3-small", api_key="none", api_base=base).get_text_embedding(calls.HELLO)


def llama_index_claude() -> None:
    from llama_index.llms.anthropic import Anthropic

    Anthropic(model=calls.CLAUDE, api_key="none", base_url=calls.MODELS, max_retries=0).complete(calls.HELLO)


def strands() -> None:
    from strands import Agent
    from strands.models.anthropic import AnthropicModel
    from strands.models.openai import OpenAIModel

    base = {"api_key": "none", "max_retries": 0}
    claude = AnthropicModel(client_args=base | {"base_url": calls.MODELS}, model_id=calls.CLAUDE, max_tokens=100)
    gpt = OpenAIModel(client_args=base | {"base_url": f"{calls.MODELS}/v1"}, model_id=calls.CHAT)
    for model in (claude, gpt):
        Agent(model=model, callback_handler=None)(calls.HELLO)
        with contextlib.suppress(Exception):
            Agent(model=model, callback_handler=None)(calls.FAILING)


def openai_agents() -> None:
    import agents

    agents.set_default_openai_client(calls.openai_client("AsyncOpenAI"), use_for_tracing=False)
    agents.Runner.run_sync(agents.Agent(name="a", model=calls.CHAT), calls.HELLO)

    async def stream() -> None:
        async for _ in agents.Runner.run_streamed(
            agents.Agent(name="a", model=calls.CHAT), calls.HELLO
        ).stream_events():
            pass

    asyncio.run(stream())
    with contextlib.suppress(Exception):
        agents.Runner.run_sync(agents.Agent(name="a", model=calls.CHAT), calls.FAILING)


def openai_agents_chat() -> None:
    import agents

    chat = agents.OpenAIChatCompletionsModel(calls.REASONS, openai_client=calls.openai_client("AsyncOpenAI"))
    for said in (calls.HELLO, calls.FAILING):
        with contextlib.suppress(Exception):
            agents.Runner.run_sync(agents.Agent(name="a", model=chat), said)


def semantic_kernel() -> None:
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
    from semantic_kernel.contents import ChatHistory

    service = OpenAIChatCompletion(ai_model_id=calls.CHAT, async_client=calls.openai_client("AsyncOpenAI"))

    async def run() -> None:
        settings = OpenAIChatPromptExecutionSettings()
        for said in (calls.HELLO, calls.FAILING):
            history = ChatHistory()
            history.add_user_message(said)
            with contextlib.suppress(Exception):
                await service.get_chat_message_contents(history, settings)
        history = ChatHistory()
        history.add_user_message(calls.HELLO)
        async for _ in service.get_streaming_chat_message_contents(history, settings):
            pass

    asyncio.run(run())


def smolagents() -> None:
    from smolagents import OpenAIModel, ToolCallingAgent

    model = OpenAIModel(model_id=calls.CHAT, api_base=f"{calls.MODELS}/v1", api_key="none", retry=False)
    ToolCallingAgent(tools=[], model=model, verbosity_level=0).run(calls.HELLO)


def adk() -> None:
    from google.adk.agents import LlmAgent
    from google.adk.agents.run_config import RunConfig, StreamingMode
    from google.adk.runners import InMemoryRunner
    from google.genai import types

    os.environ["GOOGLE_API_KEY"] = "none"
    os.environ["GOOGLE_GEMINI_BASE_URL"] = calls.MODELS
    agent = LlmAgent(name="cook", model=calls.GEMINI, instruction="Greet.")
    runner = InMemoryRunner(agent=agent, app_name="shop")

    async def run() -> None:
        for mode, said in ((None, calls.HELLO), (StreamingMode.SSE, calls.HELLO), (None, calls.FAILING)):
            session = await runner.session_service.create_session(app_name="shop", user_id="u")
            message = types.Content(role="user", parts=[types.Part(text=said)])
            config = RunConfig(streaming_mode=mode) if mode else RunConfig()
            with contextlib.suppress(Exception):
                async for _ in runner.run_async(
                    user_id="u", session_id=session.id, new_message=message, run_config=config
                ):
                    pass

    asyncio.run(run())


LLMETRY, INFERENCE = "opentelemetry.instrumentation.", "openinference.instrumentation."
PROVIDED = "none"  # the program has a provider of its own
ROWS: dict[str, tuple[str, Callable[[], None]]] = {
    "LangChain by OpenLLMetry": (f"{LLMETRY}langchain.LangchainInstrumentor", langchain),
    "LangChain by OpenInference": (f"{INFERENCE}langchain.LangChainInstrumentor", langchain),
    "LangGraph by OpenInference": (f"{INFERENCE}langchain.LangChainInstrumentor", langgraph),
    "LangGraph by OpenInference beside the Anthropic SDK": (f"{INFERENCE}langchain.LangChainInstrumentor", langgraph),
    "LangGraph by OpenLLMetry beside the Anthropic SDK": (f"{LLMETRY}langchain.LangchainInstrumentor", langgraph),
    "LangGraph by OpenLLMetry": (f"{LLMETRY}langchain.LangchainInstrumentor", langgraph),
    "pydantic-ai": ("", pydantic_ai),
    "logfire: OpenAI": (PROVIDED, logfire),
    "Langfuse: OpenAI": (PROVIDED, langfuse),
    "LlamaIndex by OpenInference": (f"{INFERENCE}llama_index.LlamaIndexInstrumentor", llama_index),
    "LlamaIndex with Claude by OpenLLMetry": (f"{LLMETRY}llamaindex.LlamaIndexInstrumentor", llama_index_claude),
    "strands": ("", strands),
    "openai-agents by OpenInference": (f"{INFERENCE}openai_agents.OpenAIAgentsInstrumentor", openai_agents),
    "openai-agents by OpenInference, chat completions": (
        f"{INFERENCE}openai_agents.OpenAIAgentsInstrumentor",
        openai_agents_chat,
    ),
    "semantic-kernel": ("", semantic_kernel),
    "smolagents by OpenInference": (f"{INFERENCE}smolagents.SmolagentsInstrumentor", smolagents),
    "Google ADK": ("", adk),
}


def main(row: str) -> None:
    path, run = ROWS[row]
    if path == PROVIDED:
        return run()
    provider = calls.instrumented(*([instrumentor(path)] if path else []))
    run()
    provider.shutdown()
    return None


if __name__ == "__main__":
    main(sys.argv[1])
