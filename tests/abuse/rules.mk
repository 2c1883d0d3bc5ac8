# Clients that mean harm, beside one that works (tests/abuse/abuse.py). `make check` has a short form of it.

.PHONY: abuse abuse-figures
abuse: SECONDS ?= 10
## abuse          each attack on a running daemon, and what others notice of it; SECONDS=10 of each, ONLY=
abuse: all
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/abuse/abuse.py --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY)) \
		--report $(BUILD)/abuse/report

## abuse-figures  writes the table of the last `make abuse` into docs/RELIABILITY.md
abuse-figures:
	$(Q)$(PYTHON) tests/support/figures.py $(BUILD)/abuse/report docs/RELIABILITY.md 'make abuse-figures'
