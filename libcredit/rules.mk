# libcredit: one static archive, one shared object, from the same position-independent objects.

LIB_SRC    := $(sort $(wildcard libcredit/*/*.c))
LIB_OBJ    := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(GEN_LIB_OBJ)
LIBRARY    := $(BUILD)/libcredit.a
LIBRARY_SO := $(BUILD)/libcredit.so.0

# The verifying part (promise 5): links neither store nor gRPC.
PROOF_SRC  := $(filter libcredit/base/% libcredit/uscc/% libcredit/crypto/% libcredit/model/% libcredit/log/% libcredit/map/% libcredit/witness/% libcredit/proof/%,$(LIB_SRC))
PROOF_LIBRARY := $(BUILD)/libcredit-proof.a

$(LIBRARY): $(LIB_OBJ)
	$(call say,AR,$@) rm -f $@ && $(AR) rcsD $@ $^

$(PROOF_LIBRARY): $(PROOF_SRC:%.c=$(BUILD)/obj/%.o) $(GEN_LIB_OBJ)
	$(call say,AR,$@) rm -f $@ && $(AR) rcsD $@ $^

$(LIBRARY_SO): $(LIB_OBJ)
	$(call say,LD,$@) $(CC) -shared -Wl,-soname,libcredit.so.0 $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

-include $(LIB_OBJ:.o=.d)

PUBLIC_HEADERS := $(sort $(wildcard libcredit/include/credit/*.h))

## install        library, headers, daemon, tools and man pages under $(DESTDIR)$(PREFIX)
install: all
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include/credit $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/lib/pkgconfig
	$(Q)install -m 644 $(PUBLIC_HEADERS) $(DESTDIR)$(PREFIX)/include/credit
	$(Q)install -m 644 $(LIBRARY) $(PROOF_LIBRARY) $(DESTDIR)$(PREFIX)/lib
	$(Q)install -m 755 $(LIBRARY_SO) $(DESTDIR)$(PREFIX)/lib
	$(Q)ln -sf libcredit.so.0 $(DESTDIR)$(PREFIX)/lib/libcredit.so
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' libcredit/libcredit.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/libcredit.pc
	$(Q)install -m 755 $(CREDD) $(DESTDIR)$(PREFIX)/sbin
	$(Q)install -m 755 $(CREDCTL) $(DESTDIR)$(PREFIX)/bin
	$(Q)install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' credd/credd.service.in > $(DESTDIR)$(PREFIX)/lib/systemd/system/credd.service
	$(Q)for page in docs/man/*.[1-8]; do d=$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}; \
		install -d $$d && install -m 644 $$page $$d; done
