"""Daily budgets of callers. The cost of a reply is reserved before it begins, and settled after it has ended."""
