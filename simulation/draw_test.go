package simulation

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"
)

// Weather has parameters of its own in each script: how many spells there are, how
// long they last, and of which kinds they are.

// spellKinds are the kinds of spells of WeChat's statistics.
var spellKinds = []string{"late", "part", "empty", "contradict", "foreign", "repeat", "delay", "code", "code", "stale", "quota", "offline", "html", "status", "reset", "hang", "slow", "cut", "half", "texts", "fields", "keys"}

var tokenKinds = []string{"code", "status", "hang", "reset", "html"}

var receiverKinds = []string{"away", "lost", "refuse", "busy", "busy", "redirect", "page"}

// eventKinds are the kinds of events; what finds more comes more often.
var eventKinds = []string{
	"kill", "kill", "ambush", "ambush", "restart", "off", "clock", "clock", "1970", "battery", "reload", "window", "schedule", "rename", "swap", "relabel",
	"collectors", "remove", "add", "wrong", "revoke", "correct", "correct",
}

// scripts draws scripts; with storms, in some of them much happens.
func scripts(storms bool) *rapid.Generator[Script] {
	return rapid.Custom(func(t *rapid.T) Script {
		s := Script{
			Begin:   fmt.Sprintf("2026-%02d-%02d %02d:%02d", rapid.IntRange(1, 12).Draw(t, "month"), rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")),
			Minutes: 60 * rapid.IntRange(12, 24*6).Draw(t, "hours"),
			Jitter:  float64(rapid.IntRange(0, 9).Draw(t, "jitter")) / 10,
			Latency: rapid.SampledFrom([]int{20, 300, 2000}).Draw(t, "latency"),
			Config:  drawConfig(t),
		}
		s.Replicas = rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "replicas")
		for i := range rapid.IntRange(1, 2).Draw(t, "accounts") {
			s.Accounts = append(s.Accounts, drawAccount(t, i > 0))
		}
		least := 0
		if storms { // rapid prefers little
			least = rapid.SampledFrom([]int{0, 3, 6}).Draw(t, "least")
		}
		for range rapid.IntRange(least, 9+least).Draw(t, "spells") {
			s.Spells = append(s.Spells, drawSpell(t, s))
		}
		for range rapid.IntRange(least, 9+least).Draw(t, "events") {
			s.Events = append(s.Events, drawEvent(t, s))
		}
		if storms {
			drawRare(t, &s)
		}
		slices.SortStableFunc(s.Events, func(a, b Event) int { return a.At - b.At })
		s.Config.Pages = rapid.SampledFrom([]int{0, 0, 1, 3, 20}).Draw(t, "pages")
		return s
	})
}

// rareKinds are kinds of spells that matter when days are fetched for the first time.
var rareKinds = []string{"keys", "fields", "php", "repeat"}

// drawRare adds what the scripts of seeds do without, so that those stay as they are.
func drawRare(t *rapid.T, s *Script) {
	if s.Config.Since > 0 {
		s.Config.Fill = rapid.SampledFrom([]int{0, 0, 2, 7}).Draw(t, "fill")
	}
	for range rapid.IntRange(0, 2).Draw(t, "rare spells") {
		from := rapid.IntRange(0, min(s.Minutes, 24*60)).Draw(t, "rare from")
		s.Spells = append(s.Spells, Spell{
			From: from, Until: min(from+rapid.SampledFrom([]int{60, 600}).Draw(t, "rare lasts"), s.Minutes), Account: -1,
			Kind: rapid.SampledFrom(rareKinds).Draw(t, "rare kind"), Level: rapid.IntRange(0, 63).Draw(t, "rare level"),
		})
	}
	for range rapid.IntRange(0, min(s.Config.Receivers, 1)*2).Draw(t, "receivers' spells") {
		sp := Spell{From: rapid.IntRange(0, s.Minutes).Draw(t, "receiver's from"), API: "receiver", Level: rapid.IntRange(0, 63).Draw(t, "receiver's level")}
		sp.Kind, sp.Account = drawReceiver(t, *s)
		sp.Until = min(sp.From+rapid.SampledFrom([]int{600, 3000}).Draw(t, "receiver's lasts"), s.Minutes) // days are sent once a day
		s.Spells = append(s.Spells, sp)
	}
	for range rapid.IntRange(0, 2).Draw(t, "rare events") {
		e := Event{
			At: rapid.IntRange(1, s.Minutes).Draw(t, "rare at"), Kind: "correct", API: rapid.SampledFrom(polled(*s)).Draw(t, "corrected API").name,
			Account: rapid.IntRange(0, len(s.Accounts)-1).Draw(t, "rare account"), N: rapid.IntRange(0, 63).Draw(t, "rare n"),
		}
		if s.Replicas > 1 {
			e.Kind, e.N = []string{"correct", "locked", "more", "fewer"}[e.N%4], e.N/4
		}
		s.Events = append(s.Events, e)
	}
}

// polled are the APIs of which some account has the collector.
func polled(s Script) []document {
	return slices.DeleteFunc(slices.Clone(documents), func(d document) bool {
		return !slices.ContainsFunc(s.Accounts, func(a Account) bool {
			return d.of(a.declared()) && (a.Collectors == nil || slices.Contains(a.Collectors, d.family))
		})
	})
}

func drawConfig(t *rapid.T) Config {
	c := Config{
		NotBefore: rapid.SampledFrom([]int{-1, -1, 0, 6, 10}).Draw(t, "not before"),
		Retry:     rapid.SampledFrom([]int{30, 30, 10, 100}).Draw(t, "retry"),
		Settle:    rapid.SampledFrom([]int{3, 3, 0, 1}).Draw(t, "settle"),
		Daily:     rapid.IntRange(1, 10).Draw(t, "daily"),
		Hourly:    rapid.IntRange(0, 2).Draw(t, "hourly"),
		Article:   rapid.IntRange(0, 4).Draw(t, "article"),
		Receivers: rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "receivers"),
		Revenue:   rapid.Bool().Draw(t, "revenue"),
	}
	if rapid.IntRange(0, 3).Draw(t, "fills") == 0 {
		c.Since = rapid.IntRange(1, 30).Draw(t, "since")
	}
	if rapid.IntRange(0, 5).Draw(t, "forgets") == 0 {
		c.Retention = rapid.IntRange(10, 18).Draw(t, "retention")
		c.Since = c.Retention + rapid.IntRange(-3, 9).Draw(t, "since before that")
	}
	return c
}

func drawAccount(t *rapid.T, mayBeLater bool) Account {
	a := Account{
		Followers: rapid.SampledFrom([]int{200, 2000}).Draw(t, "followers"),
		Articles:  rapid.IntRange(1, 2).Draw(t, "articles"),
		Old:       rapid.Bool().Draw(t, "old"),
		Later:     mayBeLater && rapid.Bool().Draw(t, "later"),
	}
	if rapid.IntRange(0, 4).Draw(t, "type") < 2 {
		a.Type = mini
	}
	a.Wrong = rapid.IntRange(0, 15).Draw(t, "wrong type") == 0
	a.Publisher = rapid.IntRange(0, 3).Draw(t, "publisher") > 0 && !a.Wrong // or an action is none, as for an API that is called too often
	a.Novelties = rapid.Bool().Draw(t, "novelties")
	a.Units = rapid.SampledFrom([]int{2, 2, 20}).Draw(t, "units")
	if a.declared() == mini {
		a.Collectors = rapid.SampledFrom([][]string{{"mini"}, {"mini"}, {"miniops"}, {"mini", "miniops"}, {"mini", "revenue"}, {"revenue"}, nil}).Draw(t, "a mini program's collectors")
	} else {
		a.Collectors = rapid.SampledFrom([][]string{{"user"}, {"user", "interface"}, {"message"}, {"publish"}, {"user", "message"}, {"article"}, families, {"user", "revenue"}, {"revenue"}, nil}).Draw(t, "collectors")
	}
	return a
}

func drawSpell(t *rapid.T, s Script) Spell {
	sp := Spell{
		From:    rapid.IntRange(0, s.Minutes).Draw(t, "from"),
		Account: rapid.IntRange(-1, len(s.Accounts)-1).Draw(t, "spell's account"),
		Level:   rapid.IntRange(0, 63).Draw(t, "level"),
	}
	sp.Until = min(sp.From+rapid.SampledFrom([]int{5, 60, 60, 600, 600, 3000}).Draw(t, "lasts"), s.Minutes)
	switch rapid.IntRange(0, 9).Draw(t, "of") {
	case 0:
		sp.API, sp.Kind = "token", rapid.SampledFrom(tokenKinds).Draw(t, "token's kind")
	case 1:
		if sp.Account = -1; s.Config.Receivers > 0 {
			sp.API = "receiver"
			sp.Kind, sp.Account = drawReceiver(t, s)
			break
		}
		fallthrough
	case 2:
		if sp.API, sp.Kind, sp.Account = "disk", "full", -1; s.Replicas > 1 {
			sp.API, sp.Kind = "hints", "lost"
		}
	case 3, 4, 5:
		sp.API = rapid.SampledFrom(polled(s)).Draw(t, "api").name
		fallthrough
	default:
		sp.Kind = rapid.SampledFrom(spellKinds).Draw(t, "kind")
		if sp.Kind == "stale" { // which is about an account
			sp.API, sp.Until = "", min(sp.From+60*(1+sp.Level), s.Minutes)
		}
	}
	return sp
}

// drawReceiver draws what a receiver of the history does, and which one; -1 is all.
func drawReceiver(t *rapid.T, s Script) (kind string, receiver int) {
	return rapid.SampledFrom(receiverKinds).Draw(t, "receiver's kind"), rapid.IntRange(-1, s.Config.Receivers-1).Draw(t, "receiver")
}

func drawEvent(t *rapid.T, s Script) Event {
	e := Event{
		At:      rapid.IntRange(1, s.Minutes).Draw(t, "at"),
		Kind:    rapid.SampledFrom(eventKinds).Draw(t, "event"),
		Account: rapid.IntRange(0, len(s.Accounts)-1).Draw(t, "event's account"),
		N:       rapid.IntRange(0, 63).Draw(t, "n"),
	}
	if s.Replicas > 1 && e.Kind == "ambush" {
		e.Kind = []string{"cut", "away"}[e.N%2]
	}
	switch e.Kind {
	case "clock":
		e.N = rapid.SampledFrom([]int{0, 0, 1, -1, 30, -30, 60 * 24, 60 * 24, -60 * 24, 60 * 24 * 40, 60 * 24 * 40, -60 * 24 * 40}).Draw(t, "minutes")
		if s.Config.Since > 0 {
			e.N = max(e.N, -30) // or the history would begin in the future, which is refused
		}
		if s.Config.Retention > 0 && s.Replicas <= 1 {
			e.N = min(e.N, 60*24) // or days are deleted that are asked for again; replicas know the database's time
		}
	case "correct":
		e.API = rapid.SampledFrom(documents).Draw(t, "corrected").name
	}
	return e
}
