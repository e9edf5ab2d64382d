"""What the demo's people wrote when they applied and when they introduced themselves."""

from __future__ import annotations

from typing import Any

from community.demo_people import Cast

STAGES = ("starting", "selling", "living", "selling")
LEARN = (
    "How to price so that I am still here in three years. I guess, and then I apologise for the guess.",
    "How others say no to a large order that would ruin the small ones, and sleep afterwards.",
    "To read a balance sheet without asking my brother. I have bought two books and opened one.",
    "What to do in January, when nobody buys and all the bills come. I cannot believe it is only me.",
    "How to write about what I make without sounding like an advertisement or like an excuse.",
    "To hire the first person. I have worked alone for six years and have become hard to work with.",
    "Customs, postage and the rest of it. I lose a parcel a month and always the same sort of customer.",
    "Whether to grow at all. Everybody assumes I want to. I would like to hear from people who did not.",
    "How to keep a record of what I try, so that I stop making the same mistake each spring.",
    "To talk about money with my business partner, who is also my sister, before we both stop talking.",
    "How to photograph things so that they look like themselves. Mine look like evidence.",
    "What a fair contract with a shop looks like. I have signed three, and I regret two of them.",
    "To finish. I begin well, and I have a shelf of things that are nearly done.",
)
GIVE = (
    "Ten years of standing at markets: where to put the table, what to say, when to say nothing.",
    "I was a bookkeeper before. I can look at anybody's numbers for an hour and say what I see.",
    "I repair nearly everything, and I like to show how, as long as people hold the lamp.",
    "I have made every mistake there is with suppliers, and I wrote them all down.",
    "Patience. I teach children, so no question is too small, and I do not sigh.",
    "I know how to get a stall, a permit and a kettle in any town within a day.",
    "I read slowly and take notes, and I send the notes to whoever wants them.",
    "I can cook for thirty, which brings people together faster than any agenda.",
    "I speak four languages and have translated contracts for friends more than once.",
    "I built my own shop page three times. The third one works, and I know why.",
    "I keep bees, so I know about planning for a season you cannot see yet.",
    "I listen well. My last group of nine said that I noticed who had not spoken.",
)
OPENINGS = (
    "Hello from the workshop. {makes}",
    "My name is {first}, and this is what I do: {lower}",
    "I was told to be brief, so: {lower}",
    "Good morning, all. {makes}",
    "For those whom I have not met: {lower}",
)
MIDDLES = (
    "I began in the kitchen, moved to the cellar when the neighbours complained, and now have a door of my own.",
    "It took me four years to call it work when somebody asked, and one more to believe it.",
    "There are two of us and a dog, who is the only one with regular hours.",
    "I left an office for it nine years ago. I miss the coffee and the colleagues, in that order.",
    "My grandmother did the same with half the tools and, as everybody here tells me, better.",
    "It pays the rent in summer. Winter is the part I would like to talk about with you.",
    "I learned it from a man who never once explained anything, so I explain too much.",
    "I work mostly alone and talk to the radio, which is why I am glad to be here.",
    "What I sell most is not what I make best, and I have not found out what to do about that.",
)
ENDINGS = (
    "If you are ever near, knock. There is always something on the stove.",
    "I am slow with messages and quick with help; please ring twice.",
    "This winter I want to read about prices and be less afraid of them.",
    "Ask me about mistakes. I have a drawer full, labelled.",
    "I hope to learn your names quickly. Mine is easy, so you have the harder part.",
    "I look forward to the talks more than I expected to when I applied.",
    "Tell me what you are reading; I need something for the train.",
)


def answers(person: Cast, number: int) -> dict[str, Any]:
    """What this person wrote in the application."""
    return {
        "make": person.makes if len(person.makes) > 60 else f"{person.makes} Small numbers, sold to people who return.",
        "stage": STAGES[number % len(STAGES)],
        "learn": LEARN[number % len(LEARN)],
        "give": GIVE[(number * 5) % len(GIVE)],
        "hours": True,
    }


def introduction(person: Cast, number: int) -> str:
    """What this person posted as the last step."""
    makes = person.makes
    opening = OPENINGS[number % len(OPENINGS)].format(
        makes=makes, lower=makes[0].lower() + makes[1:] if ":" not in makes else makes, first=person.name.split()[0]
    )
    return f"{opening}\n\n{MIDDLES[(number * 4) % len(MIDDLES)]} {ENDINGS[number % len(ENDINGS)]}"
