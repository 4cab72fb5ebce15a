# SPDX-License-Identifier: GPL-3.0-or-later
# Read after appliance/Makefile, whose rules and flags it uses:  make -f Makefile -f ../tests/age/driver.mk age-driver
.PHONY: age-driver
age-driver: $(OUT)/tests/age_driver
$(OUT)/tests/age_driver: ../tests/age/driver.c $(OBJ)/libcourier.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $< $(LDFLAGS) $(OBJ)/libcourier.a $(LIBS)
