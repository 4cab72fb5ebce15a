# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's parts by name, in the order in which they are measured. What is in LONG runs only when it is asked for."""
import boot
import builds
import connections
import desk_onion
import desk_tool
import door
import inbox_pages
import onion
import sandbox
import sealing
import store

PARTS = {"sizes": boot.bench_sizes, "boot": boot.bench, "build": builds.bench, "connections": connections.bench_connections,
         "transfer": connections.bench_transfer, "sandbox": sandbox.bench_sandbox, "zeroing": sandbox.bench_zeroing,
         "sealing": sealing.bench_sealing, "logins": sealing.bench_logins, "store": store.bench_store, "door": door.bench,
         "desk": desk_tool.bench_desk, "inbox": inbox_pages.bench_inbox, "onion": onion.bench, "desk-onion": desk_onion.bench_messages}
LONG = {"store-long": store.bench_long, "desk-onion-long": desk_onion.bench_gigabyte}
