"""Tokenizers of the forms that models come with, trained on a few texts by the Python library `tokenizers`."""
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
         r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_level(texts, pre_tokenizer, normalizer=None, size=3000, **options):
    made = Tokenizer(models.BPE(**options))
    made.pre_tokenizer, made.decoder = pre_tokenizer, decoders.ByteLevel()
    if normalizer:
        made.normalizer = normalizer
    made.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False,
                                                        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return made


def splitting(expression):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def sentencepiece_like(texts, normalizer, pre_tokenizer, decoder, between=None):
    """BPE with byte fallback, trained on words and on what stands between them."""
    trained = Tokenizer(models.BPE())
    trained.normalizer, trained.pre_tokenizer = normalizer, between or pre_tokenizers.Metaspace(prepend_scheme="never")
    trained.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=3000, show_progress=False, limit_alphabet=400))
    import json
    model = json.loads(trained.to_str())["model"]
    # Some characters are to be unknown.
    names = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + sorted(model["vocab"], key=model["vocab"].get)
    vocab = {name: number for number, name in enumerate(dict.fromkeys(names))}
    made = Tokenizer(models.BPE(vocab=vocab, merges=[tuple(merge) for merge in model["merges"]], unk_token="<unk>", fuse_unk=True,
                                byte_fallback=True))
    made.normalizer, made.decoder = normalizer, decoder
    if pre_tokenizer:
        made.pre_tokenizer = pre_tokenizer
    made.add_special_tokens(["<unk>", "<s>", "</s>"])
    made.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", vocab["<s>"])])
    return made


def unigram(texts, normalizer, pre_tokenizer, byte_fallback=False):
    made = Tokenizer(models.Unigram())
    if normalizer:
        made.normalizer = normalizer
    made.pre_tokenizer, made.decoder = pre_tokenizer, decoders.Metaspace(prepend_scheme="always")
    made.train_from_iterator(texts, trainers.UnigramTrainer(vocab_size=2000, unk_token="<unk>", special_tokens=["<unk>", "<s>", "</s>"],
                                                            show_progress=False))
    if byte_fallback:
        import json
        text = json.loads(made.to_str())
        known = {token for token, _ in text["model"]["vocab"]}
        text["model"]["vocab"] += [[f"<0x{byte:02X}>", 0.0] for byte in range(256) if f"<0x{byte:02X}>" not in known]
        text["model"]["byte_fallback"] = True
        made = Tokenizer.from_str(json.dumps(text))
        made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return made


def field(message, wanted):
    """A field of a protocol buffer message that holds bytes."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = message[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            number()
            continue
        size = {1: 8, 2: None, 5: 4}[tag & 7] or number()
        at += size
        if tag >> 3 == wanted:
            return message[at - size : at]


def precompiled(texts):
    """SentencePiece's rules nmt_nfkc, which its models carry; none where that library is not there."""
    import io
    try:
        import sentencepiece
    except ImportError:
        return None
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter([text.replace("\0", "") for text in texts]), model_writer=model,
                                             vocab_size=800, hard_vocab_limit=False, normalization_rule_name="nmt_nfkc",
                                             minloglevel=2, character_coverage=0.98)
    rules = normalizers.Precompiled(field(field(model.getvalue(), 3), 2))
    return normalizers.Sequence([rules, normalizers.Replace(Regex(" {2,}"), " ")])


def odd_tokens(texts):
    """Added tokens of every kind, and a normalizer that changes some of them."""
    made = byte_level(texts, pre_tokenizers.ByteLevel(add_prefix_space=True), normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()]))
    made.add_special_tokens([AddedToken("[MASK]", lstrip=True, special=True, normalized=False), AddedToken("<s>", rstrip=True, special=True, normalized=False)])
    made.add_tokens([AddedToken("time", single_word=True, normalized=True), AddedToken("Café", normalized=True), AddedToken("Über", normalized=False),
                     AddedToken("an", single_word=True, normalized=False), AddedToken("they", normalized=False), AddedToken("the", normalized=False, rstrip=True, lstrip=True)])
    return made


def all_made(texts):
    """Name and tokenizer, one after the other."""
    P, N, D = pre_tokenizers, normalizers, decoders
    metaspace = P.Metaspace(prepend_scheme="always")
    digits = P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)])
    spaces = N.Replace(" ", "▁")
    text_of = [D.Replace("▁", " "), D.ByteFallback(), D.Fuse()]
    yield "gpt2", byte_level(texts, P.ByteLevel(add_prefix_space=False))
    yield "llama3", byte_level(texts, splitting(LLAMA3), ignore_merges=True)
    yield "qwen2", byte_level(texts, splitting(LLAMA3.replace("{1,3}", "")), N.NFC())
    yield "smollm2", byte_level(texts, digits)
    yield "gpt4o", byte_level(texts, splitting(GPT4O))
    yield "deepseek", byte_level(texts, P.Sequence([
        P.Split(Regex(r"\p{N}{1,3}"), "isolated"), P.Split(Regex("[一-龥぀-ゟ゠-ヿ]+"), "isolated"),
        P.Split(Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"), "isolated"),
        P.ByteLevel(add_prefix_space=False, use_regex=False)]))
    yield "words", byte_level(texts, P.Sequence([P.Split(Regex(r"\w+|\b\S|\h+"), "merged_with_next", invert=True), P.Punctuation("merged_with_previous"),
                                                 P.ByteLevel(add_prefix_space=True, use_regex=False)]), N.NFKC())
    yield "whitespace", byte_level(texts, P.Sequence([P.Whitespace(), P.ByteLevel(use_regex=False)]), N.NFKD())
    yield "whitespace split", byte_level(texts, P.Sequence([P.WhitespaceSplit(), P.Split("a", "contiguous"), P.ByteLevel()]), N.Strip())
    yield "odd tokens", odd_tokens(texts)
    yield "llama2", sentencepiece_like(texts, N.Sequence([N.Prepend("▁"), spaces]), None, D.Sequence(text_of + [D.Strip(" ", 1, 0)]))
    yield "gemma", sentencepiece_like(texts, spaces, P.Split(" ", "merged_with_previous"), D.Sequence(text_of), P.Split(Regex("▁+|\n+"), "isolated"))
    yield "mistral", sentencepiece_like(texts, N.Sequence([]), P.Metaspace(prepend_scheme="first", split=False), D.Sequence(text_of + [D.Strip(" ", 1, 0)]))
    yield "t5", unigram(texts, N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " ")]), metaspace)
    yield "unigram first", unigram(texts, None, P.Metaspace(prepend_scheme="first"), byte_fallback=True)
    if rules := precompiled(texts):
        yield "xlm-roberta", unigram(texts, rules, P.Sequence([P.WhitespaceSplit(), metaspace]))
