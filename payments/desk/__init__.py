"""The desk of money: what operators see of it and do with it, and what those whom we owe see of theirs."""
