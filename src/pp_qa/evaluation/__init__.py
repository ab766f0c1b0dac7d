"""Measuring pp_qa on question suites, and fitting its threshold on them."""
