"""Daily budgets: reservations and the ledger."""
