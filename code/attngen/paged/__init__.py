"""The chapter on PagedAttention: the KV cache in blocks, who gets them, and what it saves."""
