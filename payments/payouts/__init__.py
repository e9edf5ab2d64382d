"""Payouts: what is owed to a payee is gathered, sent by bank or by Stripe, and put right when it comes back."""
