"""What characters are, and the words and prefixes that are looked for, as tables."""

cdef enum:
    # kinds of characters, as the classes of the expressions have them
    DIGIT = 1
    UPPER = 2
    LOWER = 4
    ALNUM = 7
    HEX = 8
    DASH = 16
    UNDERSCORE = 32
    TOKEN = ALNUM | DASH | UNDERSCORE
    LOCAL = 64
    HOST = 128
    VALUE = 256
    DIALLED = 512
    SPACE = 1024
    BASE64 = 2048
    IN_USERINFO = 4096
    SEPARATOR = 8192  # what a walk stops at, but for letters and digits
    LOWER_HEX = 16384
    SIGNED = 32768  # what stands before a short number with a name

cdef enum:
    AT_DIGIT = 1, AT_BLANK, AT_COLON, AT_EQUALS, AT_AT, AT_DOT, AT_DASH, AT_UNDERSCORE, AT_PLUS, AT_A, AT_J, AT_ODD, AT_GREATER

cdef enum:
    MAX_WORDS = 128
    MAX_NAMES = 64
    MAX_PREFIXES = 160
    MAX_WORD = 20
    PAIRS = 1024  # of letters
    CARD_DIGITS = 13
    LONG_DIGITS = 9
    SHORT_DIGITS = 6
    NAME_GAP = 20
    SHORTEST_NAME = 3
    PERSON_SIZES = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 15 | 1 << 17 | 1 << 18  # of first digits of identifiers
    SHORT = 8
    OPTION_START = 32  # the most characters of an option's name before a word for a secret

cdef struct Word:
    uint8_t text[MAX_WORD]
    int size
    uint32_t triggers

cdef struct Prefix:
    Word word
    uint16_t kinds  # of what follows
    int count

cdef uint16_t KIND[256]
cdef uint8_t EVENT[256]
cdef uint8_t JOINS[256]  # what may stand between a number's digits
cdef uint8_t SAID[256]  # what ends the words that are looked for before a blank
cdef Word WORDS[MAX_WORDS]  # sorted by their last two characters
cdef uint8_t FIRST_WORD[PAIRS + 1]  # of each such pair
cdef Word NAMES[MAX_NAMES]  # sorted by their last two letters
cdef uint8_t FIRST_NAME[PAIRS + 1]  # of each such pair
cdef Prefix PREFIXES[MAX_PREFIXES]  # sorted by their last character but one
cdef uint8_t FIRST_PREFIX[257]
cdef Word STREET_WORDS[32]
cdef int STREET_COUNT = 0
cdef uint8_t COUNTRY[26][26]

cdef uint32_t EMAIL = Trigger.EMAIL, URL = Trigger.URL, QUAD = Trigger.QUAD, CARD = Trigger.CARD, SSN = Trigger.SSN
cdef uint32_t PHONE = Trigger.PHONE, IBAN = Trigger.IBAN, MAC = Trigger.MAC, IPV6 = Trigger.IPV6, PEM = Trigger.PEM
cdef uint32_t SECRET = Trigger.SECRET, QUERY = Trigger.QUERY, WEAK = Trigger.WEAK, JWT = Trigger.JWT, KEY = Trigger.KEY
cdef uint32_t SCHEME = Trigger.SCHEME, PLACE = Trigger.PLACE, NAMED = Trigger.NAMED, PERSON = Trigger.PERSON


cdef int fill_kinds() except -1:
    cdef int byte
    letters = b"abcdefghijklmnopqrstuvwxyz"
    alnum = b"0123456789" + letters + letters.upper()
    classes = {
        DIGIT: b"0123456789",
        UPPER: letters.upper(),
        LOWER: letters,
        HEX: b"0123456789abcdefABCDEF",
        DASH: b"-",
        UNDERSCORE: b"_",
        LOCAL: alnum + b"!$%*+._~^'-",
        HOST: alnum + b"-",
        VALUE: alnum + b"+/_=.~-",
        DIALLED: b" .()/0123456789-",
        SPACE: b"\t\n\f\r ",
        BASE64: alnum + b"+/=",
        SEPARATOR: b" \t:=>@.-_+\xc5\xe2",
        LOWER_HEX: b"0123456789abcdef",
        SIGNED: bytes(range(0x2f)) + bytes(range(0x3a, 0x5b)) + b"_",
    }
    for kind, members in classes.items():
        for byte in members:
            KIND[byte] |= kind
    for byte in range(128, 256):
        KIND[byte] |= LOCAL | HOST
    for byte in range(0x21, 256):
        if byte not in b"/?#":
            KIND[byte] |= IN_USERINFO
    events = {
        AT_DIGIT: b"0123456789", AT_BLANK: b" \t", AT_COLON: b":", AT_EQUALS: b"=", AT_AT: b"@", AT_DOT: b".",
        AT_DASH: b"-", AT_UNDERSCORE: b"_", AT_PLUS: b"+", AT_A: b"A", AT_J: b"J", AT_ODD: b"\xc5\xe2",
        AT_GREATER: b">",
    }
    for event, members in events.items():
        for byte in members:
            EVENT[byte] = event
    for byte in b" .()-":
        JOINS[byte] = 1
    for byte in b"rRcCdDyY":
        SAID[byte] = 1
    for country in COUNTRIES:
        COUNTRY[ord(country[0]) - 65][ord(country[1]) - 65] = 1
    return 0


cdef int fill_words() except -1:
    cdef int pair
    global STREET_COUNT
    words = {}
    for bit, some in ((SECRET, SECRET_WORDS), (QUERY, QUERY_WORDS), (WEAK, WEAK_WORDS)):
        for word in some:
            words[word] = words.get(word, 0) | bit
    ordered = sorted(words, key=pair_of)
    names = sorted(NAMES_OF_NUMBERS, key=pair_of)
    assert len(ordered) <= MAX_WORDS and len(STREETS) <= 32 and len(names) <= MAX_NAMES
    for place, word in enumerate(ordered):
        set_word(&WORDS[place], word.encode(), words[word])
    for pair in range(PAIRS + 1):
        FIRST_WORD[pair] = sum([pair_of(word) < pair for word in ordered])
    for place, word in enumerate(names):
        set_word(&NAMES[place], word.encode(), NAMED)
    for pair in range(PAIRS + 1):
        FIRST_NAME[pair] = sum([pair_of(word) < pair for word in names])
    for place, word in enumerate(STREETS):
        set_word(&STREET_WORDS[place], word.encode(), PLACE)
    STREET_COUNT = len(STREETS)
    return 0


cdef int fill_prefixes() except -1:
    cdef int byte
    kinds = {
        "alnum": ALNUM, "dashed": ALNUM | DASH, "token": TOKEN, "value": VALUE, "base64": BASE64, "hex": HEX, "lower": LOWER,
    }
    ordered = sorted(KEY_PREFIXES, key=before_last)
    assert len(ordered) <= MAX_PREFIXES
    for place, (prefix, kind, count) in enumerate(ordered):
        assert prefix[len(prefix) - 1] in "-_."
        set_word(&PREFIXES[place].word, prefix.encode(), KEY)
        PREFIXES[place].kinds, PREFIXES[place].count = kinds[kind], count
    for byte in range(257):
        FIRST_PREFIX[byte] = sum([before_last(prefix) < byte for prefix in ordered])
    return 0


def before_last(tuple prefix):
    return ord(prefix[0][len(prefix[0]) - 2])


def pair_of(str word):
    return (ord(word[len(word) - 2]) & 31) << 5 | (ord(word[len(word) - 1]) & 31)


cdef int set_word(Word *word, bytes text, uint32_t triggers) except -1:
    cdef int place
    assert len(text) <= MAX_WORD
    word.size = len(text)
    word.triggers = triggers
    for place in range(word.size):
        word.text[place] = text[place]
    return 0


fill_kinds()
fill_words()
fill_prefixes()
