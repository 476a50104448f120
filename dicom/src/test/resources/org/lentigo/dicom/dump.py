# What pydicom reads of the files named on standard input: a line for each file ("FILE name"), then one for
# each element: depth, tag, VR, and the SHA-256 of its bytes (- for sequences and where bytes depend on the
# order of numbers).
import hashlib
import sys
import pydicom

def dump(data, depth):
    for tag in sorted(data.keys()):
        raw = data.get_item(tag)
        element = data[tag]
        if element.VR == "SQ":
            print(depth, "%08x" % tag, "SQ", "-")
            for item in element.value:
                print(depth, "item")
                dump(item, depth + 1)
        else:
            value = raw.value if isinstance(raw, pydicom.dataelem.RawDataElement) else None
            known = isinstance(value, bytes) and data.is_little_endian and tag != 0x7fe00010
            print(depth, "%08x" % tag, str(element.VR)[:2], hashlib.sha256(value).hexdigest() if known else "-")

for line in sys.stdin:
    name = line.rstrip("\n")
    print("FILE", name)
    try:
        dump(pydicom.dcmread(name), 0)
    except Exception as e:
        print("FAILED", type(e).__name__)
