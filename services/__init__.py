"""The service layer: knows the virtual machine, its daemons and its rules; knows no window."""
