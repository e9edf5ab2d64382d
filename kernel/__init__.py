"""What everybody stands on: configuration, clock, database, ledger, facts, worker, mail and the house itself."""
