"""Texts as their tokens' numbers: tokenize."""
import json

from harness import Folder, refuses, succeeds

SMALL = {"version": "1.0", "added_tokens": [{"id": 0, "content": "<s>", "special": True, "normalized": False}],
         "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, "ab": 3, "\n": 4}, "merges": [["a", "b"]]}, "decoder": {"type": "Fuse"}}


def test_tokenize_reads_a_text_a_line_and_writes_its_tokens_and_back():
    with Folder() as folder:
        folder.write("model/tokenizer.json", json.dumps(SMALL))
        folder.write("model/tokenizer_config.json", json.dumps({"add_bos_token": True, "bos_token": "<s>"}))
        model = ["--model", folder / "model"]
        assert succeeds("tokenize", *model, given='"aab"\n""\n"b\\n<s>a"\n').out == "0 1 3\n0\n0 2 4 0 1\n"
        assert succeeds("tokenize", *model, "--decode", given="0 1 3\n\n2 4").out == '"<s>aab"\n""\n"b\\n"\n'
        assert succeeds("tokenize", *model, "--decode", "--skip-special-tokens", given="0 1 3\n").out == '"aab"\n'
        assert succeeds("tokenize", *model).out == ""
        refuses("tokenize", *model, given="aab\n", says="line 1")
        refuses("tokenize", *model, given="1\n", says="must be a JSON string")
        refuses("tokenize", *model, "--decode", given="9\n", says="no token 9")
        refuses("tokenize", *model, "--decode", given="1,2\n", says="numbers with spaces")
        refuses("tokenize", *model, "--skip-special-tokens", says="--decode")
        refuses("tokenize", says="--model")


def test_tokenize_writes_a_chat_as_the_text_of_the_folders_template():
    with Folder() as folder:
        template = "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
        folder.write("model/tokenizer_config.json", json.dumps({"chat_template": template}))
        model = ["--model", folder / "model", "--chat"]
        chat = {"messages": [{"role": "user", "content": " hi\n"}]}
        lines = json.dumps(chat) + "\n" + json.dumps({**chat, "add_generation_prompt": True}) + "\n"
        assert succeeds("tokenize", *model, given=lines).out == '"<user>hi"\n"<user>hi<assistant>"\n'
        refuses("tokenize", *model, given="[]\n", says="line 1")
        refuses("tokenize", *model, "--decode", says="--chat")
        folder.write("other/tokenizer_config.json", "{}")
        refuses("tokenize", "--model", folder / "other", "--chat", says="chat_template")
