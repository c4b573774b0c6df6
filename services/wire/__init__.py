"""How bytes and calls reach a daemon of this machine or a host outside; knows no daemon's words."""
