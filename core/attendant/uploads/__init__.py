"""Files of a session → a bucket or another folder.

What is to be uploaded is what the session's JSON file tells of, and what has been is in a ledger
beside it: there is no other queue, so that a reboot loses none of it. A file goes up when it is
closed and in order, whole, and counts as done only when what is there was compared with what is
here. Nothing of somebody else's is ever overwritten.
"""
