"""Policies as files that need torch alone, one for each agent."""
