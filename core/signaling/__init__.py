"""What is said to the handshake server and on the data channel.

==================  ===============================================================
`secrets`           names, hashes and encryption
`invite_links`      room names and pasted VDO.Ninja links
`events`            what handshake servers and peers say over the websocket, typed
`messages`          reading it, and building what we say
`peer`              the part that both roads carry: descriptions and candidates
`channel_messages`  what peers say on the data channel
`membership`        joining, staying and announcing, in both families of server, without I/O
`backoff`           how long to wait
`network`           addresses of servers, and why they cannot be reached
`client`            the websocket around it all; the only module here that does I/O
==================  ===============================================================
"""
