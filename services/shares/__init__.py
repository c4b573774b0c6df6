"""Services opened to others: rules, names, witness, ends."""
