"""The file format of golden networks: one JSON object, with a line for each fact and each tensor."""
import json

import torch


def write_all(folder, names, make, about=lambda golden: ""):
    """Writes `folder`/NAME.json with what `make(NAME)` returns, and prints a line about each: `about(golden)` is its end."""
    folder.mkdir(exist_ok=True)
    for name in names:
        golden = make(name)
        lines = [f'"{key}": {json.dumps(value)}' for key, value in golden.items() if key != "parameters"]
        tensors = ",\n".join(json.dumps(tensor) for tensor in golden["parameters"])
        (folder / f"{name}.json").write_text("{" + ",\n".join(lines) + ',\n"parameters": [\n' + tensors + "\n]}\n")
        count = sum(torch.Size(tensor["shape"]).numel() for tensor in golden["parameters"])
        print(f"{name}: {count} parameters, loss {golden['loss']:.6f}{about(golden)}")
