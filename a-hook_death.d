hook_death.o: preload/hook_death.c preload/real.h preload/hook_table.h \
 preload/fd_table.h preload/../lib/core/stamp.h \
 preload/../lib/core/context.h preload/rules.h \
 preload/../lib/core/ring_channels.h preload/shim.h \
 preload/../lib/core/context.h preload/../lib/core/random_id.h \
 preload/../lib/core/ring.h preload/../lib/core/ring_layout.h \
 preload/../lib/core/counters.h preload/../lib/core/ring_channels.h \
 preload/../lib/core/settings.h preload/../lib/core/stamp.h \
 preload/../lib/core/thread_context.h
preload/real.h:
preload/hook_table.h:
preload/fd_table.h:
preload/../lib/core/stamp.h:
preload/../lib/core/context.h:
preload/rules.h:
preload/../lib/core/ring_channels.h:
preload/shim.h:
preload/../lib/core/context.h:
preload/../lib/core/random_id.h:
preload/../lib/core/ring.h:
preload/../lib/core/ring_layout.h:
preload/../lib/core/counters.h:
preload/../lib/core/ring_channels.h:
preload/../lib/core/settings.h:
preload/../lib/core/stamp.h:
preload/../lib/core/thread_context.h:
