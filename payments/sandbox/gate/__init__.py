"""The contract gate: what the installed Stripe library says may be asked, held against every call."""
