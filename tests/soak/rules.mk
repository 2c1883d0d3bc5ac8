# A registry under mixed load for MINUTES, and the proof at the end.

MINUTES ?= 10

.PHONY: soak
## soak           mixed load at seven tenths of what the machine can do, MINUTES=10; memory, latency, proofs
soak: deps-test $(CREDD) $(CREDCTL) $(CREDLOAD)
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/soak/soak.py --minutes $(MINUTES) --latency
