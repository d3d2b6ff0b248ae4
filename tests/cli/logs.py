"""The logs beside log.jsonl: a table and TensorBoard's event file."""
import csv
import struct

from files import read_log
from finetuning import adapter, common
from harness import Folder, succeeds


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The fields of a message: number and value, eight and four bytes as they are."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def read_events(path):
    """By step the values by tag, and the steps' times."""
    data, at, steps, times = open(path, "rb").read(), 0, {}, {}
    while at < len(data):
        [length] = struct.unpack_from("<Q", data, at)
        event = dict(fields(data[at + 12:at + 12 + length]))
        at += 16 + length
        if 5 not in event:
            assert event[3] == b"brain.Event:2"
            continue
        values = [dict(fields(value)) for _, value in fields(event[5])]
        steps[event[2]] = {value[1].decode(): struct.unpack("<f", value[2])[0] for value in values}
        times[event[2]] = struct.unpack("<d", event[1])[0]
    return steps, times


def test_a_table_and_events_hold_what_the_log_holds_also_where_a_run_goes_on():
    with Folder() as folder:
        folder.write("held_out.txt", "the cat is small\n")
        base = common(folder, *adapter("--csv", "--tensorboard", "--eval-data", folder / "held_out.txt", "--eval-every", 3))
        succeeds("finetune", *base, "--max-steps", 4, "--output", folder / "out")
        succeeds("finetune", "--resume", folder / "out", "--max-steps", 7)
        # In a folder of its own too.
        succeeds("finetune", "--resume", folder / "out", "--max-steps", 9, "--output", folder / "on")
        for name, steps in [("out", 7), ("on", 9)]:
            log = read_log(folder / name)
            rows = read_csv(folder / name + "/log.csv")
            events, times = read_events(folder / name + "/events.out.tfevents")
            assert len(log) == len(rows) == len(events) == steps
            for entry, row in zip(log, rows, strict=True):
                assert {key: float(value) for key, value in row.items() if value} == entry, (row, entry)
                assert times[entry["step"]] == entry["time"]
                tags = {("eval/" + key[5:] if key.startswith("eval_") else "train/" + {"lr": "learning_rate"}.get(key, key)): value
                        for key, value in entry.items() if key not in ("step", "time")}
                single = {tag: struct.unpack("<f", struct.pack("<f", value))[0] for tag, value in tags.items()}
                assert events[entry["step"]] == single, (events, single)
        # A fresh run has none of an earlier one's.
        succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--output", folder / "out")))
        assert not {"out/log.csv", "out/events.out.tfevents"} & set(folder.everything())
