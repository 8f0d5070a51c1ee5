"""Names of many cultures, each as its owner writes it and as a registrar's Latin-1 system does."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# One culture per line: given names, then family names. `=` gives the form in Latin letters where
# dropping the accents doesn't.
_CULTURES = """
Jürgen Käthe Jörg Bärbel Sören Theresa | Müller Weiß Schäfer Groß Köhler Jäger Gruber
Íñigo Begoña José Lucía Nuño Concepción | Núñez Ibáñez Peña Muñoz Cañas Ordóñez
Zoë Noël Hélène François Agnès Benoît | Lefèvre Gauthier Bélanger Côté Dubois Faÿ
Siobhán Niamh Eoin Caoimhe Séamus | O'Brien O'Dowd MacSuibhne Kavanagh D'Arcy
Jean-Luc Anne-Sophie Marie-Ève Karl-Heinz | Saint-Martin Smith-Jones Meyer-Landrut Lévi-Strauss
Søren Åsa Bjørn Maja Håkon | Ødegård Sjöström Ångström Bjerke Hægstad
Łukasz=Lukasz Małgorzata=Malgorzata Zofia Grzegorz | Wiśniewski Łuczak=Luczak Dąbrowska Żak
Çağla Ömer Şule Işıl=Isil Güneş | Yılmaz=Yilmaz Öztürk Şahin Doğan Aydın=Aydin
Minh Thảo Hương Đức=Duc Quỳnh An | Nguyễn Trần Phạm Huỳnh Đặng=Dang Lê Vũ
伟=Wei 芳=Fang 秀英=Xiuying 磊=Lei 静怡=Jingyi | 王=Wang 李=Li 张=Zhang 陈=Chen 欧阳=Ouyang
민준=Minjun 서연=Seoyeon 지훈=Jihoon 하은=Haeun | 김=Kim 박=Park 최=Choi 남궁=Namgung
太郎=Taro 花子=Hanako 翔太=Shota 結衣=Yui | 山田=Yamada 佐藤=Sato 小林=Kobayashi
مريم=Maryam يوسف=Yusuf ليلى=Layla عمر=Omar | الحداد=Alhaddad منصور=Mansour خوري=Khoury
Ольга=Olga Дмитрий=Dmitri Наталья=Natalya | Смирнов=Smirnov Кузнецова=Kuznetsova
Ελένη=Eleni Γιώργος=Giorgos | Παπαδόπουλος=Papadopoulos Νικολάου=Nikolaou
Priya Arjun Lakshmi Vikram Ananya | Ramanathan Iyer Chatterjee Venkataraman Bose
Chidi Adaeze Kwame Wanjiru Thandiwe | Okonkwo N’Diaye Mwangi Mensah Dlamini
Emma Noah Olivia Liam Ava Grace | Turner Bennett Hughes Foster Coleman Walsh Reed
"""


@dataclass(frozen=True)
class Name:
    """A name in its owner's letters and in Latin-1; either part may be empty."""

    given: str
    family: str
    latin_given: str = ""
    latin_family: str = ""

    @property
    def full(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def sortable(self) -> str:
        return ", ".join(part for part in (self.family, self.given) if part)

    @property
    def latin(self) -> str:
        return f"{self.latin_given} {self.latin_family}".strip()


def name_of(given: str, family: str) -> Name:
    """Return a name written in letters that Latin-1 has, or has without the accents."""
    return Name(given, family, _in_latin_1(given), _in_latin_1(family))


def names_of_many_cultures() -> Iterator[Name]:
    """Yield all names that the lists above make."""
    for line in _CULTURES.strip().splitlines():
        givens, families = ([_both(word) for word in half.split()] for half in line.split("|"))
        for given, latin_given in givens:
            for family, latin_family in families:
                yield Name(given, family, latin_given, latin_family)


def without_accents(text: str) -> str:
    """Return the text without accents, such as Nguyen for Nguyễn."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _both(word: str) -> tuple[str, str]:
    own, _, latin = word.partition("=")
    return own, latin or _in_latin_1(own)


def _in_latin_1(text: str) -> str:
    """Return the text as a system that stores cp1252 has it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return without_accents(text)
    return text
