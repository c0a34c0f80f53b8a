"""Reads a TensorBoard event file with nothing but Python, and checks both checksums of every record.

Usage: read_events.py FILE

Prints one line a scalar: STEP TAG VALUE; histograms as `STEP TAG histogram COUNT`, images as `STEP TAG image` and texts as `STEP TAG text`.
"""
import struct
import sys

TABLE = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
    TABLE.append(number)


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """The messages of the whole records; the file may be growing."""
    place = 0
    while place + 12 <= len(data):
        length, length_crc = struct.unpack_from("<QI", data, place)
        end = place + 12 + length
        if end + 4 > len(data):
            return
        message = data[place + 12:end]
        (crc,) = struct.unpack_from("<I", data, end)
        assert masked_crc(data[place:place + 8]) == length_crc and masked_crc(message) == crc, "a wrong checksum"
        yield message
        place = end + 4


def fields(message):
    def varint():
        nonlocal message
        value = shift = 0
        while True:
            byte, message = message[0], message[1:]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 128:
                return value
    while message:
        tag = varint()
        kind = tag & 7
        size = {0: 0, 1: 8, 2: None, 5: 4}[kind]
        if kind == 0:
            yield tag >> 3, varint()
            continue
        size = varint() if size is None else size
        yield tag >> 3, message[:size]
        message = message[size:]


def main():
    events = [list(fields(message)) for message in records(open(sys.argv[1], "rb").read())]
    assert dict(events[0])[3] == b"brain.Event:2", "not an event file"
    for event in events[1:]:
        parts = dict(event)
        step = parts.get(2, 0)
        if 7 in parts:
            print(step, "session", "start")
        for number, value in fields(parts.get(5, b"")):
            value = dict(fields(value))
            tag = value[1].decode()
            if 2 in value:
                print(step, tag, struct.unpack("<f", value[2])[0])
            elif 5 in value:
                count = dict(fields(value[5]))[3]
                print(step, tag, "histogram", int(struct.unpack("<d", count)[0]))
            elif 4 in value:
                print(step, tag, "image")
            else:
                print(step, tag, "text")


main()
