"""The crowd of the large demo: people made of three lists, the same ones every time."""

from __future__ import annotations

from community.demo_people import HARBOUR, JUNIPER, LANTERN, Cast

FIRST = (
    *("Abena", "Agnes", "Alba", "Aldo", "Amit", "Anouk", "Asta", "Ayla", "Bettina", "Birgit", "Camila", "Cassia"),
    *("Cyrus", "Daan", "Delia", "Dunja", "Edith", "Elio", "Enzo", "Erika", "Fabian", "Farah", "Femke", "Flora"),
    *("Gemma", "Goran", "Gudrun", "Hala", "Hector", "Hilde", "Ida", "Imran", "Iris", "Isko", "Jana", "Jasper"),
    *("Joana", "Jutta", "Kaja", "Karim", "Katya", "Kiran", "Lasse", "Laila", "Levan", "Lotte", "Luis", "Mabel"),
    *("Malik", "Maren", "Mila", "Mona", "Nael", "Nina", "Noel", "Nuria", "Odile", "Olu", "Orla", "Otto"),
    *("Pia", "Quentin", "Rania", "Remy", "Rika", "Roza", "Runa", "Sami", "Selma", "Signe", "Silas", "Sora"),
    *("Stine", "Sven", "Tamar", "Timo", "Ulla", "Urban", "Vesna", "Vigo", "Wim", "Yvonne", "Zelda", "Zoltan"),
    *("Tarek", "Tilda", "Uma", "Ursula", "Vera", "Vito", "Wilma", "Xenia", "Yael", "Yusuf", "Zara", "Zeno"),
)
LAST = (
    *("Amsel", "Baker", "Castel", "Dorn", "Esposito", "Farkas", "Grimaldi", "Hoang", "Ibarra", "Jansen", "Klein"),
    *("Larsen", "Mwangi", "Nieto", "Okoye", "Prins", "Quist", "Rossi", "Saar", "Toledo", "Umar", "Vance", "Wolf"),
)
MAKES = (
    "Jam from fruit that others leave on the tree, in jars that come back.",
    "Shirts from sheets, cut to measure and finished by hand.",
    "Bicycles put together from three that did not work.",
    "Garden plans for yards that get two hours of sun.",
    "Shoes resoled while you wait, with coffee.",
    "Spoons and boards from the wood of pruned orchards.",
    "Sourdough classes for people who have killed a starter before.",
    "Furniture wax and soap from the same three hives.",
    "Repairs of zips, hems and hearts, the first two with a guarantee.",
    "Portraits of houses, drawn from across the street.",
    "A stall of soups on Wednesdays, whatever the weather brings.",
)
CELLS = (HARBOUR, JUNIPER, LANTERN)


def crowd() -> tuple[Cast, ...]:
    """As many people as the list has first names, spread over the three cells."""
    return tuple(
        Cast(f"{name} {LAST[i * 7 % len(LAST)]}", MAKES[i * 5 % len(MAKES)], CELLS[i % len(CELLS)])
        for i, name in enumerate(FIRST)
    )
