"""Parts of the names that transformers gives a ViT and a Swin alike."""

from __future__ import annotations

# What differs between transformers 4, as whose files are published, and 5.
QKV, NEW_QKV = ('query', 'key', 'value'), ('q_proj', 'k_proj', 'v_proj')
OLD_MLP = ('intermediate.dense', 'output.dense')
NEW_MLP = ('mlp.fc1', 'mlp.fc2')
OLD_PROJ, NEW_PROJ = 'attention.output.dense', 'attention.o_proj'
NORMS = (('1', 'layernorm_before'), ('2', 'layernorm_after'))
