"""What a core says of the end: signal, code, the address of a fault, and for each thread its
signal and the place in the program where it was; the thread that crashed comes first."""
import struct
import sys

SIGINFO, PRSTATUS = 0x53494749, 1
RIP_IN_PRSTATUS = 112 + 16 * 8  # user_regs_struct begins at 112; rip is its 17th word


def notes(data):
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        kind, _, at, _, _, n = struct.unpack_from("<IIQQQQ", data, offset + i * size)
        end = at + n
        while kind == 4 and at < end:
            name, desc, what = struct.unpack_from("<III", data, at)
            at += 12 + (name + 3 & ~3)
            yield what, data[at:at + desc]
            at += desc + 3 & ~3


def place(address):
    # A fixed address of the program (no randomization); libraries lie elsewhere under a preload.
    return hex(address) if address < 0x600000000000 else "a library"


threads = []
for what, desc in notes(open(sys.argv[1], "rb").read()):
    if what == SIGINFO:
        signo, _, code = struct.unpack_from("<iii", desc)
        address, = struct.unpack_from("<Q", desc, 16)
        if code <= 0:
            fault = "none"
        else:
            fault = "the stack" if address > 0x7f0000000000 else hex(address)
        print("signal", signo, "code", code, "fault at", fault)
    elif what == PRSTATUS:
        threads.append((struct.unpack_from("<h", desc, 12)[0],
                        place(struct.unpack_from("<Q", desc, RIP_IN_PRSTATUS)[0])))
for signal, where in threads:
    print("thread", signal, "at", where)
