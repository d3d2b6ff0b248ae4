"""What is done with a trained model: generate's stops, penalties and adapters side by side, chat and perplexity."""
import json
import math

from files import DOCUMENTS, WORDS, exercises, make_model
from generating import numbers, trained
from harness import Folder, refuses, succeeds

TEXT = "the cat is big the dog is small it is the red ball the ball is blue the big dog is it"
TEMPLATE = ("{% for m in messages %}{{ {'system': '### Input:', 'user': '### Instruction:', 'assistant': '### Response:'}[m.role] }} "
            "{{ m.content }} {% endfor %}{% if add_generation_prompt %}### Response:{% endif %}")


# make_perplexity.py prints these: context, stride and nats per token; tokens and nats per token by --train-on-inputs.
WINDOWS = [(64, 32, 3.189197301864624), (8, 4, 3.2599906596270474), (8, 1, 3.3077223842794243)]
COUNTED = {"true": (54, 3.243087451002602), "false": (18, 3.430706422525812)}


def talker(folder):
    """A model's folder with a chat template."""
    make_model(folder / "model")
    folder.write("model/chat_template.jinja", TEMPLATE)
    return ["--model", folder / "model", "--threads", 1]


def words(*texts):
    return ",".join(str(WORDS.index(word)) for text in texts for word in text)


def continued(model, tokens, count):
    """What is added to tokens, as words."""
    ids = numbers(succeeds("generate", *model, "--tokens", tokens, "--max-new-tokens", count, "--print-tokens").out)
    return [WORDS[i] for i in ids[tokens.count(",") + 1:] if i > 2]


def test_a_text_ends_in_front_of_a_stop_also_over_several_tokens():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["--model", folder / "model", "--threads", 1, "--prompt", "the cat", "--max-new-tokens", 12, "--temperature", 3]
        for seed in range(20):
            whole = succeeds("generate", *base, "--seed", seed).out
            added = whole.removeprefix("the cat").split()
            if len(added) > 4 and not any("#" in word for word in added) and len(set(added[:4])) == 4:
                break
        base += ["--seed", seed]
        cut = succeeds("generate", *base, "--stop", "nothing", "--stop", f"{added[2]} {added[3]}").out
        assert whole.startswith(cut.rstrip("\n")) and cut.split() == ["the", "cat", *added[:2]], (whole, cut)
        inside = succeeds("generate", *base, "--stop", added[1][1:]).out
        assert inside == whole[:whole.index(added[1][1:], len("the cat"))] + "\n", (whole, inside)
        tokens = numbers(succeeds("generate", *base, "--stop", f"{added[2]} {added[3]}", "--print-tokens").out)
        assert len(tokens) < len(numbers(succeeds("generate", *base, "--print-tokens").out))
        refuses("generate", *base, "--stop", "", says="--stop: the value is empty")


def test_a_repetition_penalty_lets_no_word_come_twice_and_min_p_of_one_is_greedy():
    with Folder() as folder:
        make_model(folder / "model")
        base = ["--model", folder / "model", "--threads", 1, "--tokens", words(["<bos>", "the"]), "--print-tokens", "--max-new-tokens", 10]
        tokens = numbers(succeeds("generate", *base, "--repetition-penalty", "1e9").out)
        assert len(tokens) == len(set(tokens)) and tokens != numbers(succeeds("generate", *base).out), tokens
        assert succeeds("generate", *base, "--temperature", 2, "--min-p", 1).out == succeeds("generate", *base).out
        assert succeeds("generate", *base, "--repetition-penalty", 1).out == succeeds("generate", *base).out
        refuses("generate", *base, "--repetition-penalty", 0, says="--repetition-penalty 0")
        refuses("generate", *base, "--min-p", 1.5, says="--min-p 1.5")


def test_several_adapters_answer_the_same_prompt_under_their_names():
    with Folder() as folder:
        trained(folder)
        succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--method", "lora", "--rank", 2, "--alpha", 5,
                 "--lr", "5e-2", "--warmup-steps", 0, "--max-steps", 8, "--batch-size", 3, "--threads", 1, "--output", folder / "other")
        base = ["--model", folder / "model", "--threads", 1, "--prompt", "the cat", "--max-new-tokens", 6]
        alone = [succeeds("generate", *base, *more).out
                 for more in [[], ["--adapter", folder / "adapter"], ["--adapter", folder / "other"]]]
        first, second = f"one={folder / 'adapter'}", f"two={folder / 'other'}"
        together = succeeds("generate", *base, "--adapter", first, "--adapter", second).out
        assert together == f"## no adapter\n{alone[0]}## one\n{alone[1]}## two\n{alone[2]}", (together, alone)
        for more, word in [([folder / "adapter", folder / "other"], "NAME="), ([first, first], "another one has this name"),
                           (["a.b=" + folder / "adapter", second], "without a dot"), (["one=", second], "NAME=DIR")]:
            refuses("generate", *base, "--adapter", more[0], "--adapter", more[1], says=["--adapter", word])
        refuses("generate", *base, "--adapter", first, "--merge", says="--merge")
        refuses("generate", *base, "--adapter", first, "--logits", folder / "l", says="--logits")


def test_a_text_ends_at_the_tokenizers_eos_too_and_a_note_says_so():
    with Folder() as folder:
        make_model(folder / "model")
        config = json.load(open(folder / "model/config.json"))
        base = ["--model", folder / "model", "--threads", 1, "--tokens", "1,14", "--max-new-tokens", 60, "--temperature", 3, "--print-tokens"]
        for seed in range(20):
            until = succeeds("generate", *base, "--seed", seed)
            if numbers(until.out)[-1] == 2:
                break
        assert until.err == "" and numbers(until.out)[-1] == 2
        folder.write("model/config.json", json.dumps(dict(config, eos_token_id=5)))
        other = succeeds("generate", *base, "--seed", seed)
        assert "eos_token_id" in other.err and other.err.count("\n") == 1, other.err
        expected = numbers(until.out)
        assert numbers(other.out) == (expected[:expected.index(5, 2) + 1] if 5 in expected[2:] else expected)
        folder.write("lines.txt", DOCUMENTS)
        said = succeeds("finetune", "--model", folder / "model", "--data", folder / "lines.txt", "--rank", 2, "--alpha", 5, "--max-steps", 1,
                        "--threads", 1, "--output", folder / "out").err
        assert "eos_token_id" in said, said


def test_tokens_without_a_text_are_passed_over():
    with Folder() as folder:
        make_model(folder / "model")
        folder.write("model/vocabulary.txt", "".join(word + "\n" for word in WORDS[:12]))
        result = succeeds("generate", "--model", folder / "model", "--threads", 1, "--tokens", "1,6,19,7", "--max-new-tokens", 0)
        assert result.out == "is it\n", result.out


def test_chat_answers_line_by_line_with_what_was_said_before():
    with Folder() as folder:
        model = talker(folder)
        asked, again = ["the", "cat", "is"], ["it", "is", "red"]
        answer = continued(model, words(["### Instruction:"], asked, ["### Response:"]), 5)
        result = succeeds("chat", *model, "--max-new-tokens", 5, given="the cat is\nit is red\n/reset\n\nthe cat is\r\n/exit\nthe dog\n")
        lines = result.out.split("\n")
        assert len(lines) == 4 and lines[3] == "" and result.err == "", result.out
        assert lines[0].split() == answer and lines[2] == lines[0], (lines, answer)
        history = words(["### Instruction:"], asked, ["### Response:"], lines[0].split(), ["### Instruction:"], again, ["### Response:"])
        assert lines[1].split() == continued(model, history, 5), lines
        assert succeeds("generate", *model, "--chat", "--prompt", "the cat is", "--max-new-tokens", 5).out.split() == answer
        system = succeeds("chat", *model, "--system", "the ball", "--max-new-tokens", 5, given="the cat is\n").out.split()
        assert system == continued(model, words(["### Input:", "the", "ball", "### Instruction:"], asked, ["### Response:"]), 5)
        assert succeeds("chat", *model, given="").out == ""
        drawn = ["--max-new-tokens", 8, "--temperature", 2, "--seed", 3]
        assert succeeds("chat", *model, *drawn, given="the cat is\n").out == succeeds("chat", *model, *drawn, given="the cat is\n").out


def test_chat_takes_an_adapter_and_stops():
    with Folder() as folder:
        trained(folder)
        folder.write("model/chat_template.jinja", TEMPLATE)
        model = ["--model", folder / "model", "--threads", 1, "--adapter", folder / "adapter"]
        answer = succeeds("chat", *model, "--max-new-tokens", 6, given="the cat\n").out
        assert answer.split() == continued(model, words(["### Instruction:", "the", "cat", "### Response:"]), 6)
        if len(answer.split()) > 1:
            cut = succeeds("chat", *model, "--max-new-tokens", 6, "--stop", answer.split()[1], given="the cat\n").out
            assert answer.startswith(cut.rstrip("\n")) and cut.split() == answer.split()[:1], (answer, cut)


def test_what_chat_cannot_do_is_said_before_the_weights_are_read():
    with Folder() as folder:
        make_model(folder / "model")
        model = ["--model", folder / "model"]
        refuses("chat", *model, given="hi\n", says=["chat_template.jinja", str(folder / "model")])
        refuses("generate", *model, "--chat", "--prompt", "the", says=["--chat", "chat_template.jinja"])
        folder.write("model/chat_template.jinja", "{{ raise_exception('no users here') }}")
        refuses("chat", *model, given="the\n", says=["line 1", "no users here"])
        folder.write("model/chat_template.jinja", TEMPLATE)
        refuses("chat", *model, given="nonsense\n", says=["line 1", "nonsense"])
        refuses("chat", *model, given=" ".join(["the"] * 70) + "\n", says=["line 1", "max_position_embeddings"])
        refuses("chat", says="--model")
        refuses("chat", "--model", folder / "none", says="none")
        refuses("chat", "--model", "tiny", says="chat template")


def test_perplexity_is_what_transformers_computes():
    with Folder() as folder:
        make_model(folder / "model")
        folder.write("text.txt", TEXT.replace("ball the", "ball\nthe"))
        base = ["perplexity", "--model", folder / "model", "--threads", 1, "--data"]
        for context, stride, nats in WINDOWS:
            found = json.loads(succeeds(*base, folder / "text.txt", "--context", context, "--stride", stride, "--json").out)
            assert found["tokens"] == 22 and math.isclose(found["nats_per_token"], nats, rel_tol=1e-5), found
            assert math.isclose(found["perplexity"], math.exp(nats), rel_tol=1e-4)
        plain = succeeds(*base, folder / "text.txt").out
        assert plain.split()[:2] == ["tokens", "22"] and math.isclose(float(plain.split()[-1]), math.exp(WINDOWS[0][2]), rel_tol=1e-4), plain
        folder.write("data.json", json.dumps(exercises()))
        folder.write("data.jsonl", "".join(json.dumps(one) + "\n" for one in exercises()))
        for name in ["data.json", "data.jsonl"]:
            for inputs, (tokens, nats) in COUNTED.items():
                found = json.loads(succeeds(*base, folder / name, "--train-on-inputs", inputs, "--json").out)
                assert found["tokens"] == tokens and math.isclose(found["nats_per_token"], nats, rel_tol=1e-5), (name, found)


def test_perplexity_falls_with_training_and_refuses_what_it_cannot_measure():
    with Folder() as folder:
        trained(folder)
        base = ["--model", folder / "model", "--threads", 1]
        folder.write("text.txt", DOCUMENTS)
        before = json.loads(succeeds("perplexity", *base, "--data", folder / "text.txt", "--json").out)
        after = json.loads(succeeds("perplexity", *base, "--adapter", folder / "adapter", "--data", folder / "text.txt", "--json").out)
        assert after["perplexity"] < before["perplexity"], (before, after)
        folder.write("empty.txt", "")
        folder.write("bad.txt", b"the \xff")
        folder.write("data.json", json.dumps(exercises()))
        for arguments, word in [
            (["--data", folder / "empty.txt"], "no token"), (["--data", folder / "bad.txt"], "not UTF-8"),
            (["--data", folder / "none.txt"], "--data"), (["--data", folder / "text.txt", "--context", 8, "--stride", 8], "--stride 8"),
            (["--data", folder / "text.txt", "--cutoff-len", 8], "--cutoff-len"), (["--data", folder / "data.json", "--stride", 1], "--stride"),
            ([], "--data is missing"),
        ]:
            refuses("perplexity", *base, *arguments, says=word)
