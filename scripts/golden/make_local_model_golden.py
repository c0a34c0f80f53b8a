#!/usr/bin/env python3
"""Writes Tests/LocalModelTests/Golden: two tiny random models as GGUF files, and what others make of them.

usage: make_local_model_golden.py        needs numpy, gguf and tokenizers (0.19 and 0.23 made the files)

The tokens are those of Hugging Face's `tokenizers`, the numbers of every format those of llama.cpp's `gguf`, and the logits
those of a plain forward pass in numpy with Float64.
"""
import json
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "Tests/LocalModelTests/Golden"
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = "{{ '<|im_start|>system\nYou are a tester.<|im_end|>\n' }}"
QWEN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        r"|\s+(?!\S)|\s+")
TEXTS = [
    "You kill the giant rat!", "$ - 41 gold pieces.", "  two  spaces\n\nMessage: it's 3rd\n", "don't WE'LL they've I'M",
    "Ünïcödé größe 日本語 ½ ² x", "a\tb\r\nc  \n d", "'tis \"quoted\"... [yn] (n)?!", "12345 67a8", "e\u0301 🙂 ok",
    "trailing   ", "\n\n\n", " x", "foo_bar-baz==qux //", "It's the Oracle's centaur; O'Neil'S", "<|im_end|>", ""]
LAYERS, WIDTH, HEADS, KEY_HEADS, INNER, EPSILON, BASE = 2, 64, 4, 2, 128, 1e-5, 10000.0
SIZE = WIDTH // HEADS
F = gguf.GGMLQuantizationType
# The format of each matrix, so that a model has several.
FORMATS = dict(attn_q=F.Q4_1, attn_k=F.Q4_0, attn_v=F.Q5_0, attn_output=F.Q5_1, ffn_gate=F.Q8_0, ffn_up=F.F16, ffn_down=F.BF16)


def splitter(kind):
    if kind == "smollm":
        return pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(QWEN), "isolated"),
         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def vocabulary(kind):
    """Tokens and merges learned from the game's messages."""
    rows = (ROOT / "cluster/messages/nethack.tsv").read_text().splitlines()
    messages = [row.split("\t")[4] for row in rows if not row.startswith("#")]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = splitter(kind)
    tokenizer.train_from_iterator(messages, trainers.BpeTrainer(
        vocab_size=380, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    state = json.loads(tokenizer.to_str())["model"]
    tokens = [token for token, _ in sorted(state["vocab"].items(), key=lambda entry: entry[1])]
    merges = [tuple(merge) for merge in state["merges"]]
    plain = Tokenizer(models.BPE(vocab=state["vocab"], merges=merges))
    plain.pre_tokenizer = splitter(kind)
    return tokens, merges, plain


def rope(x, positions, halves):
    """Turns [tokens, heads, SIZE]."""
    angles = positions[:, None, None] * BASE ** (-2 * np.arange(SIZE // 2) / SIZE)
    cosine, sine = np.cos(angles), np.sin(angles)
    first, second = (x[..., :SIZE // 2], x[..., SIZE // 2:]) if halves else (x[..., ::2], x[..., 1::2])
    y = np.empty_like(x)
    a, b = first * cosine - second * sine, first * sine + second * cosine
    if halves:
        y[..., :SIZE // 2], y[..., SIZE // 2:] = a, b
    else:
        y[..., ::2], y[..., 1::2] = a, b
    return y


def norm(x, gain):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON) * gain


def logits(weights, ids, halves):
    count, positions = len(ids), np.arange(len(ids))
    x = weights["token_embd.weight"][ids]
    for layer in range(LAYERS):
        part = lambda name: weights[f"blk.{layer}.{name}"]
        biased = lambda h, name: h @ part(f"{name}.weight").T + (part(f"{name}.bias") if halves else 0)
        h = norm(x, part("attn_norm.weight"))
        q = rope(biased(h, "attn_q").reshape(count, HEADS, SIZE), positions, halves)
        k = rope(biased(h, "attn_k").reshape(count, KEY_HEADS, SIZE), positions, halves)
        v = biased(h, "attn_v").reshape(count, KEY_HEADS, SIZE)
        mixed = np.zeros((count, HEADS, SIZE))
        for head in range(HEADS):
            shared = head // (HEADS // KEY_HEADS)
            scores = q[:, head] @ k[:, shared].T / np.sqrt(SIZE)
            scores[np.triu_indices(count, 1)] = -np.inf
            chances = np.exp(scores - scores.max(-1, keepdims=True))
            mixed[:, head] = chances / chances.sum(-1, keepdims=True) @ v[:, shared]
        x = x + mixed.reshape(count, WIDTH) @ part("attn_output.weight").T
        h = norm(x, part("ffn_norm.weight"))
        gate = h @ part("ffn_gate.weight").T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ part("ffn_up.weight").T)) @ part("ffn_down.weight").T
    return [round(value, 6) for value in norm(x[-1], weights["output_norm.weight"]) @ weights["token_embd.weight"].T]


def model(kind):
    """Writes one model; returns its golden numbers."""
    random = np.random.default_rng(len(kind))
    halves = kind == "qwen2"
    name = "qwen2" if halves else "llama"
    tokens, merges, tokenizer = vocabulary(kind)
    writer = gguf.GGUFWriter(GOLDEN / f"tiny-{name}.gguf", name)
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_rope_freq_base(BASE)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(kind)
    writer.add_token_list(tokens)
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.add_token_types([3 if token in SPECIAL else 1 for token in tokens])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_chat_template(TEMPLATE)
    weights = {}

    def add(name, shape, form, scale):
        values = random.normal(0, scale, shape).astype(np.float32)
        if form == F.F32:
            writer.add_tensor(name, values)
            weights[name] = values.astype(np.float64)
        else:
            packed = gguf.quants.quantize(values, form)
            writer.add_tensor(name, packed, raw_dtype=form)
            weights[name] = gguf.quants.dequantize(packed, form).astype(np.float64)

    add("token_embd.weight", (len(tokens), WIDTH), F.Q8_0, 1)
    add("output_norm.weight", (WIDTH,), F.F32, 1)
    sizes = dict(attn_q=(WIDTH, WIDTH), attn_k=(KEY_HEADS * SIZE, WIDTH), attn_v=(KEY_HEADS * SIZE, WIDTH),
                 attn_output=(WIDTH, WIDTH), ffn_gate=(INNER, WIDTH), ffn_up=(INNER, WIDTH), ffn_down=(WIDTH, INNER))
    for layer in range(LAYERS):
        for part, shape in sizes.items():
            add(f"blk.{layer}.{part}.weight", shape, FORMATS[part], 1.5 / np.sqrt(shape[1]))
            if halves and part in ("attn_q", "attn_k", "attn_v"):
                add(f"blk.{layer}.{part}.bias", shape[:1], F.F32, 0.5)
        for part in ("attn_norm", "ffn_norm"):
            add(f"blk.{layer}.{part}.weight", (WIDTH,), F.F32, 1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    texts = [dict(text=text, tokens=encode(text)) for text in TEXTS]
    rows = [row["tokens"] for row in texts if row["tokens"]][:6]
    return dict(texts=texts, logits=[dict(tokens=row, logits=logits(weights, row, halves)) for row in rows])


def formats():
    """One row of each format: bytes in hexadecimal digits, and the numbers that they are."""
    random, rows = np.random.default_rng(1), []
    halves = lambda *values: np.array(values, np.float16).view(np.uint8)
    for form in (F.F32, F.F16, F.BF16, F.Q4_0, F.Q4_1, F.Q5_0, F.Q5_1, F.Q8_0, F.Q4_K, F.Q5_K, F.Q6_K):
        if form in (F.Q4_K, F.Q5_K, F.Q6_K):
            packed = random.integers(0, 256, gguf.GGML_QUANT_SIZES[form][1], np.uint8)
            if form == F.Q6_K:
                packed[208:210] = halves(0.01)
            else:
                packed[0:4] = halves(0.01, 0.02)
            packed = packed[None]
        elif form == F.F32:
            packed = random.normal(0, 1, (1, 64)).astype(np.float32)
        else:
            packed = gguf.quants.quantize(random.normal(0, 1, (1, 64)).astype(np.float32), form)
        values = gguf.quants.dequantize(packed, form) if form != F.F32 else packed
        rows.append(dict(
            type=int(form), bytes=packed.tobytes().hex(), values=[float(f"{value:.7g}") for value in values.reshape(-1)]))
    return rows


def main():
    GOLDEN.mkdir(parents=True, exist_ok=True)
    golden = dict(smollm=model("smollm"), qwen2=model("qwen2"), formats=formats())
    (GOLDEN / "local-model.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")


main()
