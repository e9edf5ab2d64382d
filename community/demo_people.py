"""The demo's people: who they are, what they make, in which cell they sit; the other storytellers find them here."""

from __future__ import annotations

from dataclasses import dataclass

from kernel import texts


@dataclass(frozen=True)
class Cast:
    """One person of the demo; the handle is the first name in lower case, and so is the e-mail's."""

    name: str
    makes: str
    cell: str

    @property
    def handle(self) -> str:
        """How everybody finds this person."""
        return texts.slug(self.name.split()[0])

    @property
    def email(self) -> str:
        """Where their mail goes."""
        return f"{self.handle}@ninefold.test"


HARBOUR, JUNIPER, LANTERN = "Harbour", "Juniper", "Lantern"
CELLS = {
    HARBOUR: ("Europe/Lisbon", "Potters, dyers, printers and bakers, most of them within sight of water."),
    JUNIPER: (
        "Europe/Berlin",
        "People who grow, brew, press and ferment, and a few who repair what others throw away.",
    ),
    LANTERN: ("Asia/Taipei", "Makers of paper, light and wood, and those who teach with their hands."),
}

# The people that everything is told about.
OLA = Cast("Ola Nilsen", "This site, and the bookkeeping of two food co-operatives on the side.", HARBOUR)
SOL = Cast(
    "Sol Herrera", "Willow baskets for bakeries and markets, woven to order from willow that I cut myself.", HARBOUR
)
ANN = Cast(
    "Ann Okafor", "Linen napkins and table runners, block-printed in a garage, for people who eat together.", HARBOUR
)
BEN = Cast("Ben Castillo", "Bicycle repair from a cargo bike: I come to your street and fix it at the kerb.", HARBOUR)
CHO = Cast("Cho Min-seo", "Hand-bound sketchbooks with paper that takes water, for people who draw outdoors.", HARBOUR)
DEE = Cast(
    "Dee Marlow", "Kiln & Kin: bowls, cups and jugs for every day, thrown in a shed by the harbour wall.", HARBOUR
)
BEA = Cast("Bea Marrow", "Marrow Dye Works: aprons, scarves and cloth in indigo, weld and madder.", HARBOUR)
EVE = Cast("Eve Lindqvist", "Vintage lamps, rewired and made safe, and sold at fairs with a year's guarantee.", LANTERN)

OTHERS = tuple(
    Cast(*row)
    for row in (
        ("Amara Nwosu", "Stoneware planters with a saucer that belongs to them, for balconies.", HARBOUR),
        ("Tomás Vidal", "Letterpress cards and posters for small theatres, printed on a hand press.", HARBOUR),
        ("Lucía Prado", "Sourdough for eleven restaurants and a hatch that is open on Saturdays.", HARBOUR),
        ("Mei Tanaka", "Hill & Daughter Tea: first and second flush from my mother's garden, in tins.", JUNIPER),
        ("Folke Berg", "Folio Nine: ledgers, notebooks and pencil cases for people who plan on paper.", LANTERN),
        ("Inês Carvalho", "Tiles repaired and copied, one at a time, for old houses along the coast.", HARBOUR),
        ("Noor Haddad", "Soap from olive oil and laurel, boiled for three days the way my aunt does it.", HARBOUR),
        ("Kofi Mensah", "Chairs reseated in cane and cord, collected and brought back by cargo bike.", HARBOUR),
        ("Hana Sato", "Indigo-dyed noren and cushion covers, stitched by two sisters.", HARBOUR),
        ("Yara Costa", "Tinned fish with a label that says which boat it came from.", HARBOUR),
        ("Marta Reis", "Children's raincoats cut from sailcloth that has done its years.", HARBOUR),
        ("Callum Reid", "Oilskin bags and aprons, waxed by hand, with a repair for life.", HARBOUR),
        ("Priya Raman", "Spice blends in small tins, roasted on Tuesdays, posted on Wednesdays.", HARBOUR),
        ("Jonas Weber", "Kitchen knives sharpened by post, with a note about what I saw.", HARBOUR),
        ("Salma Idrissi", "Rugs from wool ends, designed by the women who weave them.", HARBOUR),
        ("Rafael Pinto", "Guitars set up and repaired, and a rack of second-hand ones that play.", HARBOUR),
        ("Nell Hargreaves", "Sea-salt caramels, cut by hand, from a kitchen that smells of both.", HARBOUR),
        ("Anders Holm", "Cider from gardens nobody picks; we come with ladders and leave juice.", JUNIPER),
        ("Ruth Abara", "Pepper sauces in three strengths, and a fourth that needs a signature.", JUNIPER),
        ("Pavel Dvořák", "Beehives built to measure, and honey from the roofs of four schools.", JUNIPER),
        ("Greta Lange", "Rye bread and crispbread, milled the night before in the same room.", JUNIPER),
        ("Oskar Brandt", "Garden tools forged again from broken ones.", JUNIPER),
        ("Leyla Demir", "Quince paste, pickled vine leaves and what the allotment gives.", JUNIPER),
        ("Henrik Sørensen", "Wooden toys with no more than three parts, so that the third can be lost.", JUNIPER),
        ("Chiara Conti", "Natural wine bar on wheels: one barrel, one cheese, one evening.", JUNIPER),
        ("Wanjiru Kamau", "Coffee from my uncle's hill, roasted light, sold by the name of the picker.", JUNIPER),
        ("Fatou Diallo", "Hibiscus and baobab syrups for bars that want something without alcohol.", JUNIPER),
        ("Emil Novak", "Watches and clocks repaired; I write down what was wrong and why.", JUNIPER),
        ("Saoirse Byrne", "Goat's cheese from eleven goats, all of whom have opinions.", JUNIPER),
        ("Mateus Alves", "Seeds of old tomatoes and beans, with the story of who kept them.", JUNIPER),
        ("Ingrid Vik", "Mittens and socks knitted from my neighbours' sheep.", JUNIPER),
        ("Dmitri Orlov", "Kvass and kombucha in returnable bottles, delivered within an hour's walk.", JUNIPER),
        ("Adaeze Eze", "Lunch for forty people on weekdays, cooked from one long list of leftovers.", JUNIPER),
        ("Lena Fischer", "Mushrooms grown on coffee grounds that cafés give me gladly.", JUNIPER),
        ("Bruno Keller", "Radios from the fifties that play what is on today.", JUNIPER),
        ("Sunniva Dahl", "Candles from the wax of three beekeepers, with wicks that do not smoke.", JUNIPER),
        ("Theo Papadakis", "Olive oil pressed within four hours, sold by the tree.", JUNIPER),
        ("Zofia Kowalska", "Pickles, ferments and a class on Fridays for people who are afraid of both.", JUNIPER),
        ("Chen Yu", "Brushes for ink and for glue, tied by hand in two sizes.", LANTERN),
        ("Lin Wei-ting", "Paper lanterns that fold flat, made for balconies and small weddings.", LANTERN),
        ("Aiko Mori", "Washi from mulberry I grow behind the house, in sheets the size of a door.", LANTERN),
        ("Rosalind Achterberg", "Stained glass repaired in place, with a ladder and a lot of patience.", LANTERN),
        ("Samuel Tetteh", "Stools from one board each, sold flat with a mallet.", LANTERN),
        ("Ji-woo Han", "A drawing school for adults in a shop window, six chairs, eight weeks.", LANTERN),
        ("Nadia Rahman", "Block-printed wrapping cloth, instead of paper, with folds explained.", LANTERN),
        ("Viktor Lund", "Bookbinding for people with one book.", LANTERN),
        ("Paloma Ortiz", "Piñatas for grown-ups: company birthdays, divorces, doctoral theses.", LANTERN),
        ("Kenji Arai", "Woodblock prints of the same bridge in every weather.", LANTERN),
        ("Esther Mbeki", "Bead looms and kits for schools, with a teacher's sheet that works.", LANTERN),
        ("Arjun Mehta", "Lamps from turned ash, with a switch your grandmother can find in the dark.", LANTERN),
        ("Clara Rosén", "Wedding and mourning stationery, written by hand with a steel nib.", LANTERN),
        ("Duc Pham", "Lacquer boxes in nine coats, which is why they take nine weeks.", LANTERN),
        ("Mirembe Nakato", "Baskets and shades from banana fibre, made by eight families I know by name.", LANTERN),
        ("Stellan Ek", "Shelves for small flats, built on Sundays, delivered on Mondays.", LANTERN),
        ("Haruka Ono", "Kites. Only kites. They fly.", LANTERN),
        ("Gabriel Moreau", "Picture frames cut from floorboards of the houses the pictures show.", LANTERN),
        ("Wren Ashdown", "Paper-cut maps of the streets people grew up in.", LANTERN),
        ("Tova Adler", "Puppets and the small theatres they travel in.", LANTERN),
    )
)

# Those who are not members: they wait for an answer, for a fee, or were told no.
WAITING = (
    Cast("Milan Petrov", "Hot sauce from one greenhouse, forty jars a week.", JUNIPER),
    Cast("Sade Bello", "Headwraps and a film for each on how to tie it.", LANTERN),
)
DUE = Cast("Ivo Marin", "Oars and paddles shaved from ash, for rowing clubs.", HARBOUR)
REFUSED = Cast("Max Stone", "A course on how to sell courses.", HARBOUR)

LEADS = (OLA, SOL, ANN, DEE, BEA, EVE)
PEOPLE = {person.handle: person for person in (*LEADS, BEN, *OTHERS)}
BRANDS = {
    "kiln-kin": (
        "Kiln & Kin",
        DEE,
        "bowl-1",
        "Stoneware for every day, thrown and glazed in a shed by the harbour wall.",
    ),
    "marrow-dye-works": (
        "Marrow Dye Works",
        BEA,
        "apron",
        "Aprons, scarves and cloth, dyed with plants in small vats.",
    ),
    "hill-daughter-tea": (
        "Hill & Daughter Tea",
        OTHERS[3],
        "tin",
        "Tea from one hillside, picked and rolled by one family.",
    ),
    "folio-nine": ("Folio Nine", OTHERS[4], "ledger", "Ledgers, notebooks and cases for people who plan on paper."),
}
