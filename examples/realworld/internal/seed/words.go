package seed

import "strings"

// topic is something that people write about.
type topic struct {
	name   string
	tags   []string
	things []string // what an article can be about
	claims []string // what it can say of it; %s is the thing
}

var firstNames = []string{
	"Ada", "Bela", "Chidi", "Daria", "Emre", "Farida", "Goran", "Hana", "Ines", "Jun",
	"Kofi", "Lotte", "Mateo", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sanna", "Tomas",
	"Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoe",
}

var lastNames = []string{
	"Almeida", "Berg", "Castillo", "Dvorak", "Eriksen", "Fontaine", "Girma", "Haddad", "Ito", "Jansen",
	"Kaya", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Weber",
}

var trades = []string{"Backend developer", "Baker", "Cyclist", "Gardener", "Librarian", "Nurse", "Photographer", "Teacher", "Translator", "Woodworker"}

var topics = []topic{
	{"golang", []string{"programming", "backend", "performance", "testing"},
		[]string{"context cancellation", "table-driven tests", "the race detector", "small interfaces", "structured logging", "a connection pool"},
		[]string{"Most trouble with %s comes from hiding it.", "We measured %s before and after, and kept the simpler version.", "Reading the standard library taught me more about %s than any talk."}},
	{"databases", []string{"sqlite", "postgresql", "backend", "performance"},
		[]string{"covering indexes", "keyset pagination", "migrations without downtime", "write-ahead logging", "query plans", "isolation levels"},
		[]string{"The plan showed at once what was wrong with %s.", "You can go a long way before %s stops being enough.", "Nobody regrets a test for %s."}},
	{"cooking", []string{"recipes", "home", "bread", "slow"},
		[]string{"sourdough", "a weeknight curry", "preserved lemons", "lentil soup", "cast-iron pans", "a good stock"},
		[]string{"Patience does most of the work in %s.", "My grandmother made %s without a recipe, and now I see why.", "Salt early; %s forgives nothing else so easily."}},
	{"travel", []string{"trains", "europe", "slow", "budget"},
		[]string{"night trains", "a week without a plan", "small museums", "the coast in November", "ferry timetables", "border towns"},
		[]string{"The best part of %s is what you did not come for.", "Pack half as much for %s and bring twice the time.", "Nobody had warned me about %s, happily."}},
	{"gardening", []string{"home", "seasons", "soil", "slow"},
		[]string{"compost", "tomatoes on a balcony", "winter beds", "saving seeds", "rain barrels", "a wild corner"},
		[]string{"Leave %s alone for a month and look again.", "What %s needs above all is regular attention, and little of it.", "I lost a whole season to %s and learned the soil."}},
	{"cycling", []string{"commuting", "maintenance", "city", "health"},
		[]string{"winter commuting", "truing a wheel", "cargo bikes", "long climbs", "cheap lights", "tubeless tyres"},
		[]string{"After a thousand kilometres I changed my mind about %s.", "A city that takes %s seriously sounds different.", "You need three tools for %s, and two are on your multitool."}},
	{"photography", []string{"film", "light", "city", "learning"},
		[]string{"one lens for a year", "overcast light", "printing at home", "contact sheets", "street portraits", "old rangefinders"},
		[]string{"The constraint of %s made every choice easier.", "With %s the first frame is for the nerves.", "Editing, not gear, is where %s is decided."}},
	{"books", []string{"reading", "learning", "history", "slow"},
		[]string{"rereading", "reading aloud", "library sales", "long novels", "marginalia", "translated poetry"},
		[]string{"I used to skip %s; now it is why I read.", "There is a quiet economy behind %s.", "Children understand %s better than critics do."}},
	{"testing", []string{"programming", "quality", "ci", "learning"},
		[]string{"flaky tests", "golden files", "fuzzing a parser", "fakes over mocks", "property tests", "test names"},
		[]string{"A failing case of %s is worth ten passing ones.", "Delete %s when nobody can say what it guards.", "We found three real bugs through %s in a week."}},
	{"health", []string{"sleep", "habits", "learning", "home"},
		[]string{"morning light", "walking meetings", "strength after forty", "screen-free evenings", "shift work", "breathing"},
		[]string{"The evidence on %s is thinner than the headlines.", "Start with five minutes of %s and be bored by it.", "My doctor's advice on %s fitted on a card."}},
}

var titles = []string{
	"What %s taught me", "A beginner's guide to %s", "In praise of %s", "The case against %s", "Notes on %s",
	"How we learned to live with %s", "%s, one year later", "Everything I got wrong about %s", "Why %s still matters", "Five questions about %s",
}

var fillers = []string{
	"I kept a diary for a month, and the pattern was plain by the second week.",
	"None of this is new, but it took me years to see it.",
	"The numbers below are my own; yours will differ.",
	"If you remember one thing, let it be this.",
	"A friend read the draft and asked the only question that matters: compared to what?",
	"It is slower at first, and then it is not.",
	"There is a smaller version of this that you can try today.",
	"I would do it again, with less luggage.",
}

var remarks = []string{
	"Thank you, this is exactly what I needed today.",
	"I tried it over the weekend and it works better than I expected.",
	"Not sure that I agree with the second part, but well argued.",
	"Could you say more about the numbers?",
	"Bookmarked. My team will read this on Monday.",
	"This made me laugh out loud on the train.",
	"We had the same trouble and went the other way; happy to compare notes.",
	"The comparison in the middle is spot on.",
	"Please write a part two!",
}

func (g *garden) one(from []string) string { return from[g.rng.IntN(len(from))] }

func (g *garden) bio() string {
	t := topics[g.rng.IntN(len(topics))]
	return g.one(trades) + ". I write about " + t.name + " and " + g.one(t.things) + "."
}

func (g *garden) title(t topic) string {
	title := strings.Replace(g.one(titles), "%s", g.one(t.things), 1)
	return strings.ToUpper(title[:1]) + title[1:]
}

func (g *garden) sentence(t topic) string {
	return strings.Replace(g.one(t.claims), "%s", g.one(t.things), 1)
}

// body is a few paragraphs of Markdown.
func (g *garden) body(t topic) string {
	var b strings.Builder
	for i := range 3 + g.rng.IntN(4) {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if i == 2 {
			b.WriteString("## On " + g.one(t.things) + "\n\n")
		}
		for s := range 3 + g.rng.IntN(3) {
			if s > 0 {
				b.WriteByte(' ')
			}
			if s%2 == 0 {
				b.WriteString(g.sentence(t))
			} else {
				b.WriteString(g.one(fillers))
			}
		}
	}
	return b.String()
}
