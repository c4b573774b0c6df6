"""Jobs: the engine, its rows, and commands that hero_proc runs for them."""
