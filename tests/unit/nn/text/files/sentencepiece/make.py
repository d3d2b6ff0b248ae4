#!/usr/bin/env python3
"""Writes tokenizer.model, a small SentencePiece model, and cases.json: what transformers' slow LlamaTokenizer makes of
texts with it, beside files that add tokens. "decoded" is left out where transformers loses blanks. Needs transformers 4 (5 has no slow one), sentencepiece and protobuf."""
import json
import pathlib
import tempfile

import sentencepiece
from transformers import LlamaTokenizer

HERE = pathlib.Path(__file__).resolve().parent
TEXT = """The cat sat on the mat. The dog sat on the log, and the cat ran to the dog.
user assistant system: hello there, how are you today? I am well, thank you.
A model reads a text a token at a time; a token is a part of a word or a whole one.
"""
IM = ["<|im_start|>", "<|im_end|>"]


def added(text, special=True, **how):
    return dict({"content": text, "special": special, "normalized": not special, "single_word": False, "lstrip": False, "rstrip": False}, **how)


OWN = {"0": added("<unk>"), "1": added("<s>"), "2": added("</s>")}
FOLDERS = {
    "nothing beside": {},
    "added_tokens.json": {"added_tokens.json": {IM[0]: 320, IM[1]: 321}},
    "added_tokens.json with special ones": {
        "added_tokens.json": {IM[0]: 320, IM[1]: 321}, "special_tokens_map.json": {"eos_token": IM[1], "additional_special_tokens": [IM[0]]},
        "tokenizer_config.json": {"eos_token": IM[1], "add_bos_token": False}},
    "added_tokens_decoder": {"tokenizer_config.json": {
        "added_tokens_decoder": dict(OWN, **{"320": added(IM[0]), "321": added(IM[1]), "322": added("<tool>", special=False, lstrip=True, rstrip=True)}),
        "additional_special_tokens": [IM[0]], "eos_token": IM[1], "bos_token": "<s>", "unk_token": "<unk>"}},
    "without a blank in front of each part": {"tokenizer_config.json": {
        "added_tokens_decoder": dict(OWN, **{"320": added(IM[0]), "321": added(IM[1])}), "eos_token": IM[1], "additional_special_tokens": [IM[0]],
        "legacy": False, "add_bos_token": True}},
    "without any blank in front": {"tokenizer_config.json": {"legacy": False, "add_prefix_space": False}},
}
TEXTS = ["the cat", " the cat", "", " ", "a</s>b", "</s>", "<s>the cat</s> the dog", "x <unk> y", "ä</s>\n",
         "<|im_start|>user\nhello there<|im_end|>\n<|im_start|>assistant\n", "<|im_start|> user<|im_end|> ", "the <tool> cat<tool>",
         "<|im_end|><|im_end|>", "\u2581the cat", "<|im_start", "  the   cat  "]


def main():
    with tempfile.TemporaryDirectory() as made:
        path = pathlib.Path(made)
        (path / "text").write_text(TEXT)
        sentencepiece.SentencePieceTrainer.train(
            input=str(path / "text"), model_prefix=str(path / "tokenizer"), model_type="bpe", vocab_size=320, byte_fallback=True,
            normalization_rule_name="identity", remove_extra_whitespaces=False, minloglevel=2)
        (HERE / "tokenizer.model").write_bytes((path / "tokenizer.model").read_bytes())
    cases = []
    for name, files in FOLDERS.items():
        with tempfile.TemporaryDirectory() as made:
            path = pathlib.Path(made)
            (path / "tokenizer.model").write_bytes((HERE / "tokenizer.model").read_bytes())
            for file, content in files.items():
                (path / file).write_text(json.dumps(content))
            theirs = LlamaTokenizer.from_pretrained(path)
            texts = []
            for text in TEXTS:
                ids = theirs(text)["input_ids"]
                texts.append({"text": text, "ids": ids})
                if text == text.strip(" \n\u2581") and not set(ids) & set(theirs.added_tokens_decoder) - {theirs.bos_token_id}:
                    texts[-1]["decoded"] = theirs.decode(ids, skip_special_tokens=True)
        cases.append({"name": name, "files": files, "eos": theirs.eos_token_id, "size": len(theirs), "texts": texts})
    (HERE / "cases.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


main()
