package simulation

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// Script is everything that happens in a world. The same script makes the same
// world. Times are minutes since its begin.
type Script struct {
	Begin    string  // Beijing time, such as 2026-11-19 06:30
	Minutes  int     // of weather; two calm days follow
	Jitter   float64 // in [0, 1): what chance is for pauses
	Replicas int     `json:",omitempty"` // that share a database; 0 and 1: there is a file
	Latency  int     // milliseconds that an answer takes, about
	Accounts []Account
	Config   Config
	Spells   []Spell `json:",omitempty"`
	Events   []Event `json:",omitempty"`
}

// Account is one of WeChat's, in the configuration from the begin or later.
type Account struct {
	Followers  int
	Articles   int
	Old        bool     // it has the old article family
	Collectors []string // polled; none: all that the flags allow
	Type       string   `json:",omitempty"` // empty: an Official Account; mini: a mini program
	Wrong      bool     `json:",omitempty"` // the configuration says that it is of the other type
	Publisher  bool     `json:",omitempty"` // it shows ads
	Units      int      `json:",omitempty"` // for ads, of a mini program
	Novelties  bool     `json:",omitempty"` // WeChat answers what no document mentions
	Later      bool     // it is in the configuration only after an event adds it
}

// Config is what a configuration has beside its accounts.
type Config struct {
	NotBefore              int  // hour; -1: as it is by default
	Retry                  int  // minutes
	Settle                 int  // days
	Daily, Hourly, Article int  // days
	Since                  int  `json:",omitempty"` // days before the begin that history goes back; 0: none
	Fill                   int  `json:",omitempty"` // calls of a day for that; 0: as it is by default
	Retention              int  `json:",omitempty"` // days
	Receivers              int  `json:",omitempty"`
	Pages                  int  `json:",omitempty"` // of a day that are shown, and cities and so on; 0: all
	Revenue                bool `json:",omitempty"` // the collector is on
}

// Spell is weather for some time. Account is an index, -1 for all. API is one of
// WeChat's, "" for all statistics, "token", or "receiver".
type Spell struct {
	From, Until int
	Account     int
	API         string
	Kind        string
	Level       int
}

// Event happens at one time, to one account where it is about one.
type Event struct {
	At      int
	Kind    string
	Account int    `json:",omitempty"`
	N       int    `json:",omitempty"`
	API     string `json:",omitempty"`
}

func (s Script) begin() time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s.Begin, beijing)
	if err != nil {
		panic(err)
	}
	return t
}

var beijing = time.FixedZone("Beijing", 8*60*60)

// at writes a time of the script for people.
func (s Script) at(minute int) string {
	return s.begin().Add(time.Duration(minute) * time.Minute).Format("01-02 15:04")
}

// String tells a script in words.
func (s Script) String() string {
	var b strings.Builder
	c := s.Config
	fmt.Fprintf(&b, "It is %s in Beijing. The exporter starts; window %d/%d/%d days, retry %dm, settle %d days", s.Begin, c.Daily, c.Hourly, c.Article, c.Retry, c.Settle)
	for _, one := range []struct {
		n    int
		text string
	}{{c.NotBefore + 1, fmt.Sprintf("not before %d:00", c.NotBefore)}, {c.Since, fmt.Sprintf("history since %d days, %d calls a day", c.Since, c.fill())}, {c.Retention, fmt.Sprintf("retention %d days", c.Retention)}, {c.Receivers, fmt.Sprintf("%d receivers", c.Receivers)}, {c.Pages, fmt.Sprintf("%d pages a day", c.Pages)}} {
		if one.n > 0 {
			b.WriteString(", " + one.text)
		}
	}
	if c.Revenue {
		b.WriteString(", revenue is polled")
	}
	b.WriteString(".\n")
	if s.Replicas > 1 {
		fmt.Fprintf(&b, "  There are %d replicas.\n", s.Replicas)
	}
	for i, a := range s.Accounts {
		kind := []string{"an Official Account", "a mini program"}[len(a.Type)/len(mini)]
		collectors := fmt.Sprint(a.Collectors)
		if a.Collectors == nil {
			collectors = "all collectors"
		}
		fmt.Fprintf(&b, "  account %d, %s: %s, %d followers, %d articles, old article family: %v, publisher: %v, from the begin: %v", i, kind, collectors, a.Followers, a.Articles, a.Old, a.Publisher, !a.Later)
		if a.Wrong {
			b.WriteString(", of another type in the configuration")
		}
		b.WriteByte('\n')
	}
	for _, sp := range s.Spells {
		who := "all accounts"
		if sp.Account >= 0 {
			who = fmt.Sprintf("account %d", sp.Account)
		}
		api := sp.API
		if api == "" {
			api = "all APIs"
		}
		fmt.Fprintf(&b, "  %s to %s, %s, %s: %s (%d)\n", s.at(sp.From), s.at(sp.Until), who, api, sp.Kind, sp.Level)
	}
	for _, e := range s.Events {
		fmt.Fprintf(&b, "  %s: %s, account %d, %d %s\n", s.at(e.At), e.Kind, e.Account, e.N, e.API)
	}
	fmt.Fprintf(&b, "  %s: the weather ends; two calm days.\n", s.at(s.Minutes))
	return b.String()
}

// readScript reads a script from a file.
func readScript(path string) (s Script, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

// write writes a script for readScript.
func (s Script) write(path string) error {
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}
