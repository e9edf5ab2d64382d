"""What the demo's people say to each other: posts as (title, text), comments, and the questions of heart talks."""
# ruff: noqa: E501  what people say stands on one line each

from __future__ import annotations

POSTS: tuple[tuple[str, str], ...] = (
    (
        "What a wet Saturday taught me about a stall",
        "Put the heavy things at the edge where hands go first, and the price on a card, facing out. Sales doubled after lunch and I had said nothing clever to anyone.",
    ),
    ("", "The kiln is at 900 degrees and rising, and I am too nervous to go to bed. Tell me something ordinary."),
    (
        "Three things I stopped doing in October",
        "Free shipping under twenty. Answering mail on Sundays. Calling it a hobby when my aunt asks.\n\nNobody minded the first two.",
    ),
    (
        "Does anybody have a good word for wrapping?",
        "I want to stop using tissue paper. Old maps? Linen that people send back? It has to look like a present and cost under thirty cents.",
    ),
    (
        "",
        "First frost tonight. The indigo vat is wrapped in two blankets and a hot-water bottle like an elderly relative.",
    ),
    (
        "The letter that I did not send",
        "A customer wrote three lines of pure anger about a late parcel. I wrote an answer, slept, deleted it and telephoned. She had buried her father that week. We talked for an hour, and not about the parcel.",
    ),
    (
        "Prices without tears",
        "I printed all my prices on one page and wrote behind each how many minutes it takes. Two of my favourites earn me four an hour. They go up on Monday, or they go.",
    ),
    (
        "",
        "Somebody left a bag of quinces at the workshop door. Whoever it was: there will be paste by the weekend, and a jar has your name on it once I know it.",
    ),
    (
        "How I photograph a white bowl on a white table",
        "One window, one sheet of grey card opposite, and patience until the sun is behind the neighbour's chimney. Ten minutes a day are right for it. Everything else is repair.",
    ),
    (
        "A small victory over a big form",
        "The export papers for Norway took me nine evenings. I have written down every field with what they really want to know. Ask me for it before you lose nine evenings.",
    ),
    (
        "Who has room for half a pallet?",
        "The paper mill delivers only whole pallets of the cotton sheets. I need half. It is lovely paper, 180 grams, deckle edge, and it keeps for years.",
    ),
    (
        "",
        "Our apprentice cut her first dovetail without a gap today. She pretended not to care and photographed it eleven times.",
    ),
    (
        "What I learned from nine returns",
        "Six of the nine said the same: smaller than it looked. I have put a lemon beside it in the picture now. Not one return since.",
    ),
    (
        "The bakery is closed on Mondays from now on",
        "I thought it would cost us a day's bread. It gave us a Tuesday's bread that is better, because somebody slept.",
    ),
    (
        "",
        "Does your hand also know the weight of the thing before the scale does? I guessed 412 grams today. The scale said 412.",
    ),
    (
        "Ask me about beeswax",
        "I have had two bad seasons and one very good one, and I know now what I would have wanted to know. Wednesday evenings I am at the kitchen table with tea, and anybody may come.",
    ),
    (
        "A machine that I should not have bought",
        "It labels two hundred jars in an hour. I make sixty a week. It stands there and looks at me. Somebody with more jars than sense may have it for what I paid, minus my pride.",
    ),
    (
        "The first page of the notebook",
        "I always spoil the first page, so I now leave it empty on purpose and print a small line on it: begin on the next. Four people wrote to thank me for a blank page.",
    ),
    (
        "Notes from the market in the rain",
        "People buy tea when they are cold and bowls when they are dry. Next time it rains I leave half the bowls at home and take the second kettle.",
    ),
    (
        "",
        "Today somebody asked whether I do this for a living. I said yes without the little pause for the first time.",
    ),
    (
        "How we pay each other in the workshop",
        "Everything goes into one tin. On Friday we take out what the week needs and read the number aloud. It was awful twice and easy since.",
    ),
    (
        "Lending library for tools?",
        "I counted: in our squad alone there are four sewing frames and none of them is used more than a day a week. I will make a list of what I can lend. Who joins?",
    ),
    (
        "The sound of a good seam",
        "You can hear it. A good seam purrs, a bad one ticks. I have made a short list of sounds for the new weavers, which is the strangest document I have ever written.",
    ),
    ("", "I read my old product texts aloud at supper. The family asked me to stop. They are rewritten now."),
    (
        "When a customer knows better",
        "She said the handle was in the wrong place for a left hand. I have two left-handed sisters and had never thought of it. The new run has the notch on both sides.",
    ),
    (
        "A plea for the second pair of eyes",
        "I sent 300 cards to print with last year's date. From now on nothing leaves without somebody else having read it aloud. I offer my eyes in exchange for yours.",
    ),
    (
        "What I do with the ends",
        "Every warp leaves forty centimetres that nobody can use. I have woven them into pot holders for a year, badly, and now they are what people ask for first.",
    ),
    (
        "The oven is fixed",
        "It was a spring of two euros and three weeks of despair. Thank you to whoever said: look at the door before you look at the fire.",
    ),
    (
        "My sums for the first quarter",
        "Rent 31 %, clay and glaze 18 %, parcels 14 %, me 22 %, the rest the roof. I would like to see me at 30. Where are you, if you like to say?",
    ),
    ("", "There is a robin in the drying room. It has chosen the shelf with the seconds and I respect its taste."),
    (
        "Why I number my bowls",
        "Not because it makes them worth more. Because when number 214 came back with a crack I could look up the day, the clay and the weather, and found that it was me.",
    ),
    (
        "A question about courage",
        "I have been asked to speak at the school about my work. I can throw four hundred cups, but I cannot stand in front of thirty children. How do you do it?",
    ),
    (
        "The quiet month",
        "February used to frighten me. This year I have put the repairs of the whole year there, and I am almost looking forward to it.",
    ),
    (
        "Swap: honey for ink",
        "I need a deep blue that stays blue on cotton paper. I have forty jars of heather honey. It seems to me that somebody here has the opposite problem.",
    ),
    (
        "What the reading does",
        "I did not believe in the weekly check-in. Some weeks later I have read four books and changed seven things in the shop. It is not the books, it is that somebody asks on Monday.",
    ),
    ("", "The dye house smells of oranges today, and nobody knows why."),
    (
        "An honest label",
        "Mine says now: made by two people in a former garage, between the school run and supper. I was afraid of it for a year. It is what people photograph most.",
    ),
    (
        "Thank you, squad",
        "I wrote here at night that I wanted to stop. By breakfast there were five answers, and one of you stood at the door with bread. I am still here.",
    ),
    (
        "How long does it take?",
        "Forty minutes and eleven years. I have put that on the sign at the stall, and people stop asking for a discount.",
    ),
    (
        "The list on the door",
        "Keys, till, kiln off, window, thank somebody. I have never forgotten the first four. The fifth is why the list is there.",
    ),
    (
        "Sundays off, a report",
        "Four Sundays without the workshop. The first was terrible, the second long, the third I baked, and on the fourth I had the idea for the new lid.",
    ),
    ("", "I have sold the thousandth candle. It went to a lady who asked whether it burns. I hope so."),
    (
        "Half a metre of shelf for the neighbours",
        "Since September the left half metre of our shop window belongs to whoever asks. We have had puppets, marmalade and a boy's collection of keys. More people stop than ever did for us.",
    ),
    (
        "Which insurance do you have?",
        "A shelf fell at the fair, on nobody, thank heaven. I would rather ask nine people here than one man with a briefcase.",
    ),
    (
        "The colour of the year",
        "A big house has declared it, and four customers asked for it today. I showed them what walnut husks do on wool. They have forgotten the other one.",
    ),
    ("", "My daughter has put a price on all her drawings. Two hundred each. I could learn from her."),
    (
        "On being copied",
        "A factory sells my jug, a little worse, at a third. I was angry for a week. Then I wrote to my customers and told them how to see the difference. It is in the lip.",
    ),
    (
        "Bread for the talk",
        "I bring two loaves to the next heart talk, one of them an experiment. Please say honestly which.",
    ),
    (
        "What nobody tells you about markets",
        "Wear wool. Eat at eleven, because at twelve you cannot. Know your neighbour's prices. And take the last hour as seriously as the first, it is when the ones come back who went away to think.",
    ),
    (
        "The day the website was down",
        "No order for nine hours. We cleaned the studio, oiled the tools, and played cards. I am thinking of doing it on purpose twice a year.",
    ),
    ("", "The wax is the colour of late September and I will not be able to explain it to anybody on a screen."),
    (
        "Two kinds of customers",
        "Some want a thing and some want to have met you. I used to think the second kind cost time. They are the only ones who come back.",
    ),
    (
        "How I got the tax office to laugh",
        "I brought all my receipts sorted by mood. She said nobody had ever done that. We found an error in my favour under cheerful.",
    ),
    (
        "A new hand at the press",
        "Ludo starts on Monday. He has never printed anything and says that he likes noise. I have a good feeling.",
    ),
    ("", "Has anybody else noticed that people whisper in front of the looms?"),
    (
        "Repair evening, first Thursday",
        "We mended eleven things, among them a marriage I think, at least they left with one umbrella. The next one needs somebody who understands toasters.",
    ),
    (
        "What I would tell myself five years ago",
        "Buy the good scissors. Write down the recipe before you change it. Nobody is looking at you as closely as you think, and the ones who are like you.",
    ),
    (
        "An apology to plywood",
        "I have said unkind things about it for years. The boat is dry, and it has been out in November.",
    ),
    (
        "The last jar",
        "There were six of the plum this year and I kept one. I do not know for what. I like to know it is there.",
    ),
    ("", "Nine comments under my question by the evening. I had asked it of a search engine for three weeks."),
)

COMMENTS: tuple[str, ...] = (
    "The card facing out is so obvious now that you say it. Did you keep the prices round?",
    "I tried this last winter and gave up after a week. Reading you I think I gave up a week too early.",
    "Thank you for the numbers. Nobody ever says the numbers.",
    "My grandmother did exactly that, and she never wrote it down. Now it is written down.",
    "Which supplier do you use? Mine has become slow since the summer.",
    "This made me get up and look at my own bench. It is not pretty.",
    "How did the others take it when you told them?",
    "I would come on Wednesday if there is still a chair.",
    "That sentence will follow me. We own the same expensive thing.",
    "Could you send me what you wrote down? I am where you were at evening four.",
    "I have something like it from an old job. You can have it for the carriage.",
    "Please keep us posted. I would bet on the second way.",
    "It is the same with bread: people buy the loaf they can see the inside of.",
    "You are not slow. You are accurate. There is a price for that, and it is a higher one.",
    "I read that years ago and remember nothing of it but the cover. I will take it down again.",
    "I am going to the kitchen to try it this minute.",
    "We have done it since spring. The world is still there.",
    "And what did they say in the end?",
    "I laughed aloud in the tram. Then I thought about it for two stops.",
    "That is a kind thing to do, and you would not have told us if it had been for show.",
    "Did you try it with less? In my cellar that was the whole secret.",
    "My brother-in-law knows about these things. I will ask him what he looks at first.",
    "I will lend you mine until Easter. It only gathers dust here.",
    "Two questions: how much does it cost you in a month, and who does it when you are ill?",
    "Yes to all of it, except the last. That one I would keep.",
    "I have written the same letter three times this year and sent it twice. You did better.",
    "How do you do it overnight? A blanket alone did not help us.",
    "Mine is 26 after four years. It was 9 in the first.",
    "It is good to read that it was awful at first. Everybody only tells the end.",
    "May I copy that for my own door? I would change one word.",
    "The children would ask you what it costs and whether you have ever hurt yourself. Both are easy.",
    "We should talk. I think I have what you need, and the other way round.",
    "We should do this as a squad: each of us brings one thing that we stopped.",
    "Here too, and I had thought it was only us.",
    "I needed this today more than you can know.",
    "What would you do differently if you began again on Monday?",
    "The old way is right. Do not let anybody from the office see it.",
    "I count minutes too, and I am always wrong by a third. Which third, I have never found out.",
    "Eleven is the right number for a first time.",
    "You could begin with the easiest ones. The rest follow when they see it.",
    "Somebody told me the same, and I did not believe it either.",
    "I am taking your question with me to the next fair.",
    "Have you thought of telling the story of what went wrong along with it?",
    "That is the best reason for it that I have heard.",
    "We share a van on Thursdays. There is room for what you have.",
    "It was nothing, and you would have done it too.",
    "Does it also work with linen, or does it need the weight of cotton?",
    "Ask for the ones that came back. They are usually only dirty at the edge.",
    "I will try it for one week and report, good or bad.",
    "My apprentice says that you are right, and she never says that of anybody.",
    "I know that pause. Congratulations.",
    "I always thought I was the only one who hears that.",
    "How long did it take you, and did anybody answer?",
    "Write it on the wall where customers can see it. They will hold you to it.",
    "The order in which you do it is everything. I tried it the wrong way round for years.",
    "Could we see a picture when it is done?",
    "A year ago I would have argued with you. Now I only nod.",
    "Fewer at a better price is the whole lesson.",
    "I have begun it too. It looks ridiculous, and I am proud of it.",
    "Tea at four, if you want to talk about it in person?",
    "Do you say the price before or after the story? I never know.",
    "The best thing I read this week was written here and not in my book.",
    "I keep coming back to this. Thank you for writing it down.",
    "We tried that as well. The post office was delighted.",
    "Next time look at the dust before you look at the recipe.",
)

QUESTIONS: tuple[str, ...] = (
    "What did you stop doing, and who noticed?",
    "Which part of your work would you do without pay?",
    "When did somebody last teach you something with their hands?",
    "What are you afraid to put a price on?",
    "Whom do you want to thank and have not?",
    "What would you keep if the workshop burned?",
    "Which promise weighs on you this month?",
)
