"""Mixed texts, drawn from a seed: what people write in several scripts, code, numbers, and what tokenizers stumble on."""
import random
import unicodedata

WORDS = {
    "english": "the of and to in is was that it for on as with his be at by I this had not are but from or have an they "
               "which one you were her all she there would their we him been has when who will more no if out so said "
               "what up its about into than them can only other new some could time these two may then do first any my "
               "don't we'll I'm you've they're HE'D It'S naïve café résumé Straße ﬁnal".split(),
    "german": "der die und in den von zu das mit sich des auf für ist im dem nicht ein Die eine als auch es an werden aus er "
              "hat daß größer Übermut Fußgängerübergänge".split(),
    "russian": "и в не на я быть он с что а по это она этот к но они мы весь который из у текст переводчик ёлка".split(),
    "greek": "και το να του η την στο ΣΊΣΥΦΟΣ λόγος ἀρχὴ".split(),
    "arabic": "في من على إلى أن هذا التي كان مع الذي لَا إِلٰهَ ١٢٣ ۴۵۶ عربي".split(),
    "hebrew": "של את על לא זה שָׁלוֹם".split(),
    "hindi": "के में है की से को हिन्दी क्षत्रिय १२३ नमस्ते".split(),
    "thai": "ภาษาไทย กรุงเทพมหานคร น้ำ ๑๒".split(),
    "korean": "이 그 것 수 한국어 안녕하세요 각 가".split(),
    "chinese": list("的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年") + "日本語 漢字カナ ひらがな が ㍿ ①②".split(),
    "emoji": "🙂 👩‍👩‍👧 👍🏽 🇩🇪 ❤️ 🏳️‍🌈 1️⃣ ☺ 🧑🏿‍🚀".split(),
    "symbols": "!!! ... --- === != -> :: <<< >>> [] {} () \"' `` «» „“ … — – • © ™ € £ ½ ² ³ ﹏ ‿ ¿? #tag @name a_b _x_".split(),
}
CODE = ["def f(x):\n    return x + 1\n", "for (int i = 0; i < n; ++i) {\n\ta[i] = b[i] * 2;\n}\n", "<div class=\"a\">text</div>",
        "SELECT * FROM t WHERE a >= 10;", "\\begin{equation} x^2 \\end{equation}", "https://example.org/a?b=c&d=%20", "x=1;y==2!!"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n\n", " \n ", "\u00a0", "\u3000", "\u2003", "\u180e", "\u2028", "\u0085", "\u200b", "\v", "\f", " " * 17]
ODD = ["\u0301", "e\u0301", "a\u0308\u0323", "\u1e9b\u0323", "\u0000", "\u0001", "\u001b[0m", "\u007f", "\ufeff", "\ufffd", "\ufffe", "\ud7ff", "\ue000",
       "\U0010ffff", "\U0001f1e6", "\u200d", "\u200c", "\ufe0f", "\u0e33", "\u1100\u1161\u11a8", "\uac00\u11a8", "\u0130", "ſ", "K", "▁", "▁▁a", "Ġ", "Ċ", "<0x41>", "<unk>",
       "<s>", "</s>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<| im_end|>", "<|im_", "[MASK]"]


def everywhere_known(c):
    """Whether every library's tables have a character, which may be of any age: it has its category in Unicode 14, and what
    came after 3.2 is neither changed by a normal form nor a mark or punctuation."""
    category = unicodedata.category(c)
    if category in ("Cn", "Cs") or (unicodedata.unidata_version >= "15" and unicodedata.ucd_3_2_0.category(c) == "Cn"):
        return False
    return unicodedata.ucd_3_2_0.category(c) != "Cn" or (unicodedata.normalize("NFKD", c) == c and category[0] not in "MP")


def digits(draw):
    return "".join(draw.choice("0123456789") for _ in range(draw.randint(1, 9))) + draw.choice(["", ".5", ",000", "%", "th"])


def piece(draw):
    kind = draw.random()
    if kind < 0.6:
        script = draw.choice(list(WORDS))
        between = "" if script in ("chinese", "thai", "emoji") and draw.random() < 0.8 else " "
        return between.join(draw.choice(WORDS[script]) for _ in range(draw.randint(1, 12))) + draw.choice(["", "", ".", ",", "?", "!"])
    if kind < 0.7:
        return draw.choice(CODE)
    if kind < 0.8:
        return digits(draw)
    if kind < 0.88:
        return "".join(draw.choice(SPACES) for _ in range(draw.randint(1, 3)))
    if kind < 0.95:
        return "".join(draw.choice(ODD) for _ in range(draw.randint(1, 2)))
    some = (chr(draw.choice([draw.randrange(0x20, 0xd800), draw.randrange(0xe000, 0x30000)])) for _ in range(draw.randint(1, 8)))
    return "".join(filter(everywhere_known, some))


def texts(seed, size):
    """Texts of `size` bytes together, from nothing to a hundredth of it."""
    draw = random.Random(seed)
    result, left = ["", " ", "\n", "a", " a", "a "], size
    while left > 0:
        most = draw.choice([40, 200, 2000, max(40, size // 100)])
        text = ""
        while len(text) < most:
            text += piece(draw) + (" " if draw.random() < 0.7 else "")
        result.append(text[: draw.randint(1, most)])
        left -= len(result[-1].encode())
    return result
