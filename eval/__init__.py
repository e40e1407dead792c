"""How right stemscribe is, beside its peers: docs/EVALUATION.md tells all."""
