"""The preview node: a whole little Hero node with real processes; imports none of our clients."""
