"""What is wrong now and that a person should see to, by rules. Pure.

A rule looks at what all clients see, once a second, and says whether something is wrong. An alarm
begins when it has been for so long, and ends when it has not been for so long. What one alarm
explains is no other one. What happens once, as dropped packets do, is a warning instead.
"""
