"""Process with an installed ESA SNAP: graphs of its operators, `gpt` that runs them, and what it wrote.

Not yet run against a real SNAP: the graphs agree with a table of facts about its operators (`operators.json`), and the
handling of the process with a stand-in. docs/snap.md says what is known.
"""
