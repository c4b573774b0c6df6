"""Files of this machine: opened safely, replaced in one step, measured."""
