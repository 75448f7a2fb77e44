"""What does not add up: matching, anomaly rules, queue, ageing. Pure functions and their own use cases."""
