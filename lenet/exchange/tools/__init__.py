"""Results in the forms of tools that other people made: out only.

None of these forms knows turns, rounds or exams, so what another tool concludes from them is less
than this program knows: a label whose times may not be compared is in none of them, and each says
what its figures are.
"""
