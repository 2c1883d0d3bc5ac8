# Documents are checked by `make check-source` and their commands run by tests/functional.
