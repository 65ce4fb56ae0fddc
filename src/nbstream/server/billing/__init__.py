"""Daily budgets of callers: the ledger, reservations before a reply, and their settlement after it."""
