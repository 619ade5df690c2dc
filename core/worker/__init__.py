"""Child processes and the one way to talk to them: JSON lines over pipes.

Parent to child, first line:  {"limits": {"memory": bytes | null, "cpu": seconds | null}}
Parent to child, then:        {"id": 7, "method": "sign", "params": {...}}   or   {"cancel": 7}
Child to parent:              {"id": 7, "result": ...} | {"id": 7, "error": {"type": "Locked", "values": {...}}}
                              {"id": 7, "progress": [0.25, "Hashing"]} | {"event": "block", "data": {...}}

Bytes travel as hex or base64 text, decided by each method. A child ends when its standard input ends, so it never
outlives the program that started it.
"""
