"""Anomaly rules: pure, three-valued, the same on neutral cases and on the books.

`logic` Kleene's logic · `records`, `people` what rules read · `facts` the indexes · one file a family ·
`catalogue` the rules that run · `engine` one run · `neutral`, `bench` neutral cases.
"""
