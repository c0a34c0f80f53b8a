/// The part of an exported PyTorch module that is the same for every network: reading the weights, the layers, and the
/// hash of words. It needs PyTorch alone.
enum TorchLibrary {
  static let text = #"""
    import json
    import os
    import struct

    import torch
    import torch.nn.functional as F


    def read_safetensors(path):
        """The Float32 tensors of a safetensors file, by name."""
        with open(path, "rb") as file:
            data = bytearray(file.read())
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8:8 + length])
        header.pop("__metadata__", None)
        body = memoryview(data)[8 + length:]
        return {
            name: torch.frombuffer(body[slice(*entry["data_offsets"])], dtype=torch.float32)
            .reshape(entry["shape"]).clone()
            for name, entry in header.items()
        }


    def text_rows(text):
        """The table rows of a text's words and of its pairs of neighbouring words: 32-bit FNV-1a, folded to 12 bits."""
        rows, word, pair, previous = [], None, None, None
        for byte in list(text) + [0]:
            if 65 <= byte <= 90:
                byte |= 32
            if 97 <= byte <= 122 or 48 <= byte <= 57 or byte > 127:
                if word is None:
                    word = 2166136261
                    pair = fnv(previous, 32) if previous is not None else None
                word = fnv(word, byte)
                pair = fnv(pair, byte) if pair is not None else None
            elif word is not None:
                rows += [fold(word)] + ([fold(pair)] if pair is not None else [])
                previous, word = word, None
            if byte == 0:
                break
        return rows


    def fnv(value, byte):
        return ((value ^ byte) * 16777619) & 0xFFFFFFFF


    def fold(value):
        return (value ^ value >> 16) & 4095


    def masked(logits, legal, counts):
        """Minus infinity for illegal actions, in each factor that has a legal one."""
        parts = []
        for part, allowed in zip(logits.split(counts, 1), (legal != 0).split(counts, 1)):
            allowed = allowed | ~allowed.any(1, keepdim=True)
            parts.append(part.masked_fill(~allowed, -torch.inf))
        return torch.cat(parts, 1)


    def floored(logits, count, floor):
        """The logits with a floor under the probabilities of the first factor's n legal choices: (1 - n e) p + e."""
        if floor <= 0:
            return logits
        first, others = logits[:, :count], logits[:, count:]
        is_legal = first > -torch.inf
        legal = is_legal.sum(1, keepdim=True)
        least = torch.minimum(floor, 1 / legal)
        mixed = torch.log((1 - legal * least) * torch.softmax(first, 1) + least)
        return torch.cat([mixed.masked_fill(~is_legal, -torch.inf), others], 1)


    def trigram_rows(text):
        """The table rows of a text's trigrams, of bytes with letters in lower case, up to the first zero."""
        end = text.index(0) if 0 in text else len(text)
        letters = [byte | 32 if 65 <= byte <= 90 else byte for byte in text[:end]]
        keys = [a << 16 | b << 8 | c for a, b, c in zip(letters, letters[1:], letters[2:])]
        return [(key * 2654435761 & 0xFFFFFFFF) >> 20 for key in keys]


    def choose(logits, counts, uses, generator=None):
        """Actions [N, A] of masked logits: factor 0 first, then the factors that its choice uses; the others are 0."""
        if generator is None:
            choices = [part.argmax(1) for part in logits.split(counts, 1)]
        else:
            chances = [torch.softmax(part, 1) for part in logits.split(counts, 1)]
            choices = [torch.multinomial(part, 1, generator=generator)[:, 0] for part in chances]
        counted = torch.tensor([[factor == 0 or factor in used for factor in range(len(counts))] for used in uses])
        return torch.stack(choices, 1) * counted[choices[0]]


    def picture(symbols, side, masks, colours):
        """The picture [N, H, W, 3] of a grid: symbol 0 is black, symbol 1 + m * len(colours) + c is mask m in colour c."""
        bits = torch.tensor([[mask >> pixel & 1 for pixel in range(side * side)] for mask in masks], dtype=torch.float32)
        tiles = bits[:, None, :, None] * torch.tensor(colours)[None, :, None, :]
        tiles = torch.cat([torch.zeros(1, side * side, 3), tiles.reshape(-1, side * side, 3)])
        n, rows, columns = symbols.shape
        cells = tiles[symbols].reshape(n, rows, columns, side, side, 3)
        return cells.permute(0, 1, 3, 2, 4, 5).reshape(n, rows * side, columns * side, 3)


    class Layers(torch.nn.Module):
        """The layers of Tengu's networks. Images are [N, H, W, C]; a matrix of weights is [inputs, outputs]."""

        def __init__(self, weights):
            super().__init__()
            self.names = {name: name.replace(".", "__") for name in weights}
            for name, tensor in weights.items():
                self.register_parameter(self.names[name], torch.nn.Parameter(tensor))

        def p(self, name):
            return getattr(self, self.names[name])

        def index(self, field, count):
            """Rows of a table; a number outside it is its last row."""
            field = field.long()
            return torch.where((field < 0) | (field >= count), count - 1, field)

        def embedding(self, field, table):
            table = self.p(table)
            return table[self.index(field, len(table))].flatten(1)

        def grid(self, field, name, kernel, padding):
            table = self.p(name + ".embedding")
            return self.convolution(table[self.index(field, len(table))], name, kernel, 1, padding)

        def convolution(self, image, name, kernel, stride, padding):
            weight, bias = self.p(name + ".weight"), self.p(name + ".bias")
            weight = weight.reshape(kernel, kernel, image.shape[3], -1).permute(3, 2, 0, 1)
            result = F.conv2d(image.permute(0, 3, 1, 2), weight, bias, stride=stride, padding=padding)
            return F.elu(result).permute(0, 2, 3, 1)

        def residual(self, image, first, second, kernel, padding):
            inner = self.convolution(image, first, kernel, 1, padding)
            return image + self.convolution(inner, second, kernel, 1, padding)

        def pool(self, image, window):
            return F.max_pool2d(image.permute(0, 3, 1, 2), window).permute(0, 2, 3, 1)

        def dense(self, rows, name, activation):
            sums = rows.flatten(1) @ self.p(name + ".weight") + self.p(name + ".bias")
            return {"elu": F.elu, "relu": F.relu, "none": lambda x: x}[activation](sums)

        def text(self, field, table):
            table = self.p(table)
            rows = [text_rows(text) for text in field.flatten(1).tolist()]
            means = [table[row].mean(0) if row else torch.zeros(table.shape[1]) for row in rows]
            return F.elu(torch.stack(means))

        def trigrams(self, field, table):
            table = self.p(table)
            rows = [trigram_rows(text) for text in field.flatten(1).tolist()]
            sums = [table[row].sum(0) / len(row) ** 0.5 if row else torch.zeros(table.shape[1]) for row in rows]
            return F.elu(torch.stack(sums))

        def things(self, fields, tables):
            """The vectors [N, things, size] of a set, and whether each thing is there [N, things, 1]."""
            tables = [self.p(table) for table in tables]
            vectors = [table[self.index(field, len(table))] for field, table in zip(fields, tables)]
            return sum(vectors), (fields[0] != 0).unsqueeze(2)

        def set(self, fields, tables):
            vectors, is_there = self.things(fields, tables)
            return (F.elu(vectors) * is_there).sum(1)

        def pointed(self, outputs, sets, factors, scale):
            """Logits: of each factor its own columns, or the products of its query with the things of its set."""
            keys = [vectors * is_there for vectors, is_there in (self.things(*arguments) for arguments in sets)]
            parts = []
            for part, (_, index) in zip(outputs.split([size for size, _ in factors], 1), factors):
                parts.append(part if index is None else scale * (keys[index] @ part.unsqueeze(2)).squeeze(2))
            return torch.cat(parts, 1)

        def scaled(self, outputs, name, minimum):
            deviation = self.p(name + ".variance").sqrt().clamp(min=minimum)
            return self.p(name + ".mean") + deviation * outputs

        def standardised(self, numbers, name, minimum):
            deviation = self.p(name + ".variance").sqrt().clamp(min=minimum)
            return (numbers - self.p(name + ".mean")) / deviation

        def gru(self, rows, state, name):
            """Gates r, z, n; the reset gate comes after the recurrent product."""
            a = rows @ self.p(name + ".input_weight") + self.p(name + ".input_bias")
            b = state @ self.p(name + ".recurrent_weight") + self.p(name + ".recurrent_bias")
            (ar, az, an), (br, bz, bn) = a.chunk(3, 1), b.chunk(3, 1)
            r, z = torch.sigmoid(ar + br), torch.sigmoid(az + bz)
            n = torch.tanh(an + r * bn)
            state = n + z * (state - n)
            return state, state

        def lstm(self, rows, state, name):
            """Gates i, f, g, o; the state is h, then c."""
            h, c = state.chunk(2, 1)
            sums = rows @ self.p(name + ".input_weight") + h @ self.p(name + ".recurrent_weight") + self.p(name + ".bias")
            i, f, g, o = sums.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            return h, torch.cat([h, c], 1)

        def min_gru(self, rows, state, name):
            """Gate z, then candidate n; neither reads the state."""
            z, n = (rows @ self.p(name + ".input_weight") + self.p(name + ".bias")).chunk(2, 1)
            state = state + torch.sigmoid(z) * (n - state)
            return state, state
    """#
}
