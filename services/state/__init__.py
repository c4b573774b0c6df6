"""What the services of the machine are doing: facts, history, verdict, snapshot, actions."""
