"""Handing out data: least fields by purpose, a ledger that tells every change, copies that tell whose they were."""
