"""The sockets of one server process.

consumers     one socket of one person: who gets in, what it may ask, how it ends
handshake     what a connection says of itself before it is one
outlet        what one socket is to be sent, in order and bounded
pump          who sends it
hub           the rooms of this process and who is in them
subscription  the process's one subscription at Redis
refusals      why a socket is closed, with the code its client sees
"""
