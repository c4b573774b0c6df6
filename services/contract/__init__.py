"""What each operation takes and answers, one module per subject.

`services.operations` is the registry that lists them all.
"""
