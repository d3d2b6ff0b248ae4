"""finetune on chats and other forms of records: what of them counts in the loss, and what is refused."""
import json
import math

from files import WORDS, exercises, make_model, read_json, read_log, read_safetensors
from finetuning import adapter, common
from harness import Folder, refuses, run, succeeds

# Words of the vocabulary for roles, so that a text's tokens can be counted.
TEMPLATE = ("{% for m in messages %}{{ 'red ' if m.role == 'user' else 'blue ' }}{{ m.content }} and\n{% endfor %}"
            "{% if add_generation_prompt %}blue {% endif %}").replace(" and", " <eos>")
CHAT = [("user", "is the cat big"), ("assistant", "it is"), ("user", "is the dog small"), ("assistant", "the dog is big")]


def messages(chat=CHAT):
    return [{"role": role, "content": content} for role, content in chat]


def turns(chat=CHAT):
    return [{"from": {"user": "human", "assistant": "gpt"}[role], "value": content} for role, content in chat]


def folder_with_template(folder):
    make_model(folder / "model")
    folder.write("model/chat_template.jinja", TEMPLATE)


def loss_of(folder, records, *options, name="out"):
    """Of the first step, whose model is the one that the folder has."""
    folder.write("chats.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    succeeds("finetune", *common(folder, *adapter("--max-steps", 1, "--no-shuffle"), *options, "--output", folder / name, "--overwrite",
                                 batch=len(records), data="chats.jsonl"))
    return read_log(folder / name)[0]


def mean_loss(folder, words, counted):
    """The mean over the words that count, from the model's logits."""
    tokens = [WORDS.index(word) for word in words]
    succeeds("generate", "--model", folder / "model", "--tokens", ",".join(map(str, tokens)), "--max-new-tokens", 0, "--print-tokens",
             "--logits", folder / "logits")
    tensors, _ = read_safetensors(folder / "logits")
    flat, size = tensors["logits"][2], len(WORDS)
    losses = []
    for t in range(1, len(tokens)):
        if counted[t]:
            row = flat[(t - 1) * size : t * size]
            top = max(row)
            losses.append(top + math.log(sum(math.exp(x - top) for x in row)) - row[tokens[t]])
    return sum(losses) / len(losses)


def chat_words(chat=CHAT):
    """The words of the template's text, and which of them the assistant says, with the mark after it."""
    words, counted = [], []
    for role, content in chat:
        said = content.split() + ["<eos>"]
        words += [{"user": "red", "assistant": "blue"}[role]] + said
        counted += [False] + [role == "assistant"] * len(said)
    return words, counted


def test_the_loss_of_a_chat_counts_what_the_assistant_says():
    with Folder() as folder:
        folder_with_template(folder)
        words, counted = chat_words()
        wanted = mean_loss(folder, words, counted)
        entry = loss_of(folder, [{"messages": messages()}])
        assert entry["tokens"] == len(words), entry
        assert math.isclose(entry["loss"], wanted, rel_tol=1e-5), (entry, wanted)
        assert loss_of(folder, [{"conversations": turns()}])["loss"] == entry["loss"]
        halves = {"prompt": messages()[:3], "completion": messages()[3:]}
        last = mean_loss(folder, words, [c and i > words.index("dog") for i, c in enumerate(counted)])
        assert math.isclose(loss_of(folder, [halves])["loss"], last, rel_tol=1e-5)
        everything = mean_loss(folder, words, [True] * len(words))
        assert math.isclose(loss_of(folder, [{"messages": messages()}], "--train-on-inputs", "true")["loss"], everything, rel_tol=1e-5)


def test_exercises_are_put_into_the_chat_template_where_that_is_asked_for():
    with Folder() as folder:
        folder_with_template(folder)
        exercise = exercises(1)[0]
        chat = [("user", exercise["instruction"]), ("assistant", exercise["output"])]
        words, counted = chat_words(chat)
        entry = loss_of(folder, [exercise], "--prompt-template", "chat", "--train-on-inputs", "false")
        assert math.isclose(entry["loss"], mean_loss(folder, words, counted), rel_tol=1e-5)
        folder.write("eval.json", json.dumps(exercises()))
        loss_of(folder, [exercise], "--prompt-template", "chat", "--eval", folder / "eval.json")
        assert read_json(folder / "out/report.json")["runs"][0]["accuracy"].keys() == {"eval", "average"}


def test_completions_texts_and_another_template_are_learned_from():
    with Folder() as folder:
        make_model(folder / "model")
        words = ["<bos>"] + "the cat is big it is".split() + ["<eos>"]
        counted = [False] * 5 + [True] * 3
        entry = loss_of(folder, [{"prompt": "the cat is big", "completion": " it is"}])
        assert math.isclose(entry["loss"], mean_loss(folder, words, counted), rel_tol=1e-5)
        text = loss_of(folder, [{"text": "the cat is big it is"}])
        assert math.isclose(text["loss"], mean_loss(folder, words, [True] * len(words)), rel_tol=1e-5)
        folder.write("template", TEMPLATE)
        chat = loss_of(folder, [{"messages": messages()}], "--chat-template", folder / "template")
        assert math.isclose(chat["loss"], mean_loss(folder, *chat_words()), rel_tol=1e-5)


def test_records_that_are_not_understood_are_refused_by_name():
    with Folder() as folder:
        make_model(folder / "model")

        def refused(record, *options, says):
            folder.write("bad.jsonl", json.dumps(record) + "\n")
            refuses("finetune", *common(folder, *options, "--output", folder / "bad", data="bad.jsonl"), says=["bad.jsonl", *says])

        refused({"messages": messages()}, says=["line 1", "chat template"])
        refused({"messages": messages()}, "--prompt-template", "chat", says=["chat template"])
        refused({"instruction": "is it", "output": "it is", "system": "the cat"}, says=["line 1", "system"])
        refused({"question": "is it", "reply": "it is"}, says=["question, reply", '{"messages"'])
        folder.write("model/chat_template.jinja", TEMPLATE)
        refused({"messages": messages(), "id": 3}, says=["line 1", "id is not read", "chat_template.jinja"])
        entry = loss_of(folder, [{"messages": messages(), "id": 3}], "--ignore-keys", "id")
        assert entry == {**loss_of(folder, [{"messages": messages()}]), "seconds": entry["seconds"]}


def test_a_template_with_a_place_for_an_input_is_noted_where_there_is_none():
    with Folder() as folder:
        folder.write("train.json", json.dumps(exercises()))
        folder.write("template", "it {instruction} {input} is\n")
        one = run("finetune", *common(folder, *adapter("--max-steps", 1), "--prompt-template", folder / "template", "--output", folder / "a",
                                      data="train.json"))
        assert one.status == 0 and "6 exercises have no input" in one.err
        folder.write("template.json", json.dumps({"prompt_input": "it {instruction} {input} is\n", "prompt_no_input": "it {instruction} is\n"}))
        two = run("finetune", *common(folder, *adapter("--max-steps", 1), "--prompt-template", folder / "template.json", "--output", folder / "b",
                                      data="train.json"))
        assert two.status == 0 and "no input" not in two.err
        assert read_log(folder / "a")[0]["loss"] == read_log(folder / "b")[0]["loss"]


def test_before_and_after_shows_what_was_learned():
    with Folder() as folder:
        folder_with_template(folder)
        chats = [[("user", f"is the {thing} {size}"), ("assistant", f"it is {answer}")]
                 for thing in ["cat", "dog", "ball"] for size, answer in [("big", "red"), ("small", "blue")]]
        folder.write("chats.jsonl", "".join(json.dumps({"messages": messages(chat)}) + "\n" for chat in chats * 4))
        folder.write("asked.jsonl", "".join(json.dumps({"messages": messages(chat)}) + "\n" for chat in chats))
        result = succeeds("before_after", "--model", folder / "model", "--data", folder / "chats.jsonl", "--questions", folder / "asked.jsonl",
                          "--method", "lora,dora", "--rank", 4, "--lr", "2e-2", "--epochs", 15, "--threads", 1, "--output", folder / "out")
        answers = read_json(folder / "out/answers.json")
        assert [a["question"] for a in answers] == [chat[0][1] for chat in chats]
        assert [a["right"] for a in answers] == [chat[1][1] for chat in chats]
        kinds = [key for key in answers[0] if key not in ("question", "right")]
        right = {kind: sum(a[kind].startswith(a["right"]) for a in answers) for kind in kinds}
        assert right["before"] <= 1 and all(right[kind] >= 5 for kind in kinds if kind != "before"), (right, answers)
        assert "right %" in result.out and "is the cat big" in result.out
        for method in ["lora", "dora"]:
            assert read_json(folder / f"out/{method}/adapter_config.json")["r"] == 4
        refuses("before_after", "--model", folder / "model", "--data", folder / "chats.jsonl", "--output", folder / "out2", "--method", "full",
                says=["--method", "full"])
