"""The rooms of the store: each keeps one kind of thing in the database. `runtime.store.Store` is the way in."""
