# Clients that mean harm, beside one that works (tests/abuse/abuse.py). `make check` has a short form of it.

.PHONY: abuse
abuse: SECONDS ?= 10
## abuse          each attack on a running daemon, and what others notice of it; SECONDS=10 of each, ONLY=
abuse: all
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/abuse/abuse.py --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY)) \
		--report $(BUILD)/abuse/report
