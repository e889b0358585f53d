"""The data of the chapter on paged attention: requests that real services of language models were sent."""

from __future__ import annotations

import lzma
from pathlib import Path

from attngen.data.entries import Dataset, RemoteFile

_RAW = "https://raw.githubusercontent.com/"
_AZURE = _RAW + "Azure/AzurePublicDataset/790921015d50dd6aae7f7e47f39ba0e235ad6b08/data/"
_MOONCAKE = _RAW + "kvcache-ai/Mooncake/a2a4b18ac537fd798d50e6e9f57031ce86419a37/FAST25-release/traces/"


def _unpacked(path: Path) -> bytes:
    return lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()


def _azure(service: str, sha256: str) -> RemoteFile:
    name = f"AzureLLMInferenceTrace_{service}.csv"
    return RemoteFile(name, _AZURE + name, sha256)


LLM_TRACES = Dataset(
    name="llm-traces",
    title="An hour of requests to language models: when, how many tokens, and which blocks of them are alike",
    origin="Azure Public Dataset, LLM inference trace 2023 (Patel et al. 2024); Mooncake (Qin et al. 2025)",
    licence="CC BY 4.0 (Azure), Apache-2.0 (Mooncake)",
    files=(
        _azure("conv", "2f1e5b666d4e3055fdbba98598ce2ec307767b9064e03e2fa46676dbcc7d0bf8"),
        _azure("code", "54e9a6d2a4bd06ba1e060304b900abbc74cbea53de96506e60fe5bb4f2277fb6"),
        RemoteFile(
            "conversation_trace.jsonl",
            _MOONCAKE + "conversation_trace.jsonl",
            "b8cbb061a85206d729d91cdc2981f43c9e0d99209dce588d3af5f7934408b9df",
            original=_unpacked,
            also=("mooncake_conversation_trace.jsonl.xz",),
        ),
    ),
    advice="`attngen run paged-azure --preset minute`, which needs no trace, draws requests like the recorded ones",
)
