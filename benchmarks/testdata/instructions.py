# For gdb, see ../instructions.sh: steps through REQUESTS calls of the function at ENTRY, and counts instructions by function.
import collections
import os

import gdb

for command in ("pagination off", "confirm off", "print demangle off"):
    gdb.execute("set " + command)
gdb.execute("handle SIGURG SIGPROF nostop noprint pass")
entry = int(os.environ["ENTRY"], 16)
breakpoint = gdb.Breakpoint("*%d" % entry)
breakpoint.ignore_count = 3000
gdb.execute("run")
breakpoint.delete()
gdb.execute("set scheduler-locking on")


def register(name):
    return int(gdb.selected_frame().read_register(name))


def step():
    gdb.execute("stepi", to_string=True)
    return register("pc")


addresses = collections.Counter()
pc = register("pc")
for _ in range(int(os.environ["REQUESTS"])):
    while pc != entry:  # what the benchmark does between two requests does not count
        pc = step()
    back, stack = gdb.selected_frame().older().pc(), register("sp")
    while pc != back or register("sp") < stack:
        addresses[pc] += 1
        pc = step()

functions = collections.Counter()
for pc, times in addresses.items():
    functions[gdb.execute("info symbol %d" % pc, to_string=True).split(" + ")[0].split(" in section")[0]] += times
for name, times in [("in all", sum(functions.values()))] + functions.most_common():
    print("%7d  %s" % (times, name))
gdb.execute("kill")
