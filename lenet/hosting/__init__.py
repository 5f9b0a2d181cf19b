"""LeNet Bench for a team: who asks, what they may do, how much, and what is written down of it.

Nothing here knows Streamlit; pages, HTTP and shell ask the same `desk`.
"""
