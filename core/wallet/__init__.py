"""The wallet: the signer (a process of its own that holds the phrase), accounts, history, contacts.

Modules that run in the signer's process: phrase, keys, rules, typed_data, signer_worker. The rest runs in the app and
never sees the phrase after the first start.
"""
