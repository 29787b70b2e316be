"""From files to findings: reading in workers, rules on joined tables, and what only the whole run can show."""
