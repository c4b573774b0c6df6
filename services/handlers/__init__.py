"""Carries operations out, one module per subject of `services.contract`.

A handler has one method for each of its operations, named like it. Rights, audit and discretion
are not its business: `services.cockpit` sees to them before and after.
"""
