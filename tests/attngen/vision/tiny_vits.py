"""Tiny vision transformers of several kinds, all for images of 32x32 in patches of 8."""
import torch
from transformers import (
    BeitConfig, BeitForImageClassification, CLIPVisionConfig, CLIPVisionModelWithProjection, DeiTConfig,
    DeiTForImageClassification, Dinov2WithRegistersConfig, Dinov2WithRegistersForImageClassification,
    ViTConfig, ViTForImageClassification, ViTMSNConfig, ViTMSNForImageClassification,
)  # fmt: skip

_SHAPE = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2,
          "image_size": 32, "patch_size": 8}  # fmt: skip
# Weights as first drawn are so small that all attention is nearly even: larger ones make it look somewhere.
_LIVELY = {"initializer_range": 0.4}
_CLASSES = {"num_labels": 5}
KINDS = {
    "vit": (ViTForImageClassification, ViTConfig, _CLASSES | _LIVELY, 1),
    "deit": (DeiTForImageClassification, DeiTConfig, _CLASSES | _LIVELY, 2),
    "beit": (BeitForImageClassification, BeitConfig, _CLASSES | _LIVELY, 1),
    "msn": (ViTMSNForImageClassification, ViTMSNConfig, _CLASSES | _LIVELY, 1),
    "registers": (Dinov2WithRegistersForImageClassification, Dinov2WithRegistersConfig,
                  _CLASSES | _LIVELY | {"num_register_tokens": 3}, 4),
    "clip": (CLIPVisionModelWithProjection, CLIPVisionConfig, {"projection_dim": 6}, 1),
}  # fmt: skip


def tiny(kind: str = "vit", seed: int = 0, attention: str = "eager", **changes):
    """A tiny model with random weights, ready to use; its first ``extra(kind)`` tokens are no patches."""
    make, config, own, _ = KINDS[kind]
    torch.manual_seed(seed)
    return make(config(**_SHAPE | own | changes, attn_implementation=attention)).eval()


def extra(kind: str) -> int:
    return KINDS[kind][3]


def picture(seed: int = 0, height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
