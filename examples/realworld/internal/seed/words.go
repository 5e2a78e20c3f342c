package seed

import "strings"

// The data is put together of these: people of a first and a last name, articles of a topic,
// a thing and what can be said of it.

var (
	firstNames = strings.Fields("Ada Bela Chidi Daria Emre Farida Goran Hana Ines Jun Kofi Lotte Mateo")
	lastNames  = strings.Fields("Almeida Berg Castillo Dvorak Eriksen Fontaine Girma Haddad Ito Jansen Kaya")
)

// topic is a tag, further tags that go with it, and things to write about.
type topic struct {
	name         string
	tags, things []string
}

var topics = []topic{
	{"golang", []string{"backend", "testing", "programming"}, []string{"small interfaces", "table-driven tests", "the race detector"}},
	{"databases", []string{"backend", "sqlite", "postgresql"}, []string{"covering indexes", "query plans", "isolation levels"}},
	{"cooking", []string{"bread", "home", "slow"}, []string{"sourdough", "lentil soup", "preserved lemons"}},
	{"travel", []string{"trains", "europe", "slow"}, []string{"night trains", "small museums", "ferry timetables"}},
	{"gardening", []string{"home", "seasons", "soil"}, []string{"compost", "winter beds", "rain barrels"}},
	{"cycling", []string{"city", "commuting", "health"}, []string{"cargo bikes", "long climbs", "truing a wheel"}},
}

var titles = []string{"What %s taught me", "In praise of %s", "The case against %s", "Notes on %s", "%s, one year later", "Why I came back to %s"}

var claims = []string{
	"Most trouble with %s comes from haste.",
	"I kept a diary on %s, and the pattern was plain by the second week.",
	"You can go a long way without %s.",
	"Leave %s alone for a month and look again.",
	"I would choose %s again.",
}

var remarks = []string{"Thank you, this is exactly what I needed.", "Well argued.", "Could you say more about the numbers?", "Please write a part two!"}

// say puts one of the things of a topic into one of the sentences.
func (g *garden) say(t topic, sentences []string) string {
	said := strings.Replace(g.one(sentences), "%s", g.one(t.things), 1)
	return strings.ToUpper(said[:1]) + said[1:]
}

// text is n paragraphs of Markdown, of three sentences each.
func (g *garden) text(t topic, n int) string {
	paragraphs := make([]string, n)
	for i := range paragraphs {
		paragraphs[i] = g.say(t, claims) + " " + g.say(t, claims) + " " + g.say(t, claims)
	}
	return strings.Join(paragraphs, "\n\n## On "+g.one(t.things)+"\n\n")
}

func (g *garden) one(from []string) string { return from[g.rng.IntN(len(from))] }
