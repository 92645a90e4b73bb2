"""Who belongs to a clinic: invitations, roles, leaving, a second administrator, and access in an emergency.

It stands above alerts and letters, since who leaves hands both over. What a person, a part and an invitation are lies
below, in `itb.accounts`.
"""
