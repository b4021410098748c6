package wxtest

import (
	"hash/fnv"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// Account is an account of the simulated WeChat.
type Account struct {
	Name   string // what people call it; WeChat does not know it
	AppID  string
	Secret string
	Type   string // empty = an Official Account; Mini = a mini program

	// Publisher: the account shows ads, so that it has revenue.
	Publisher bool

	// Pages and AdUnits are how many a mini program has. 0 = 12 and 3.
	Pages, AdUnits int

	// Novelties: WeChat answers what no document mentions: an index of visits, a slot
	// for ads, and a device twice.
	Novelties bool

	// OldArticles: the six APIs of the old article family answer. Otherwise they
	// are offline (47009), as for most accounts since 2026. The four APIs that
	// replaced them answer either way.
	OldArticles bool

	// Followers at the start of 2026, or who has ever visited the mini program. All
	// activity is in proportion to it.
	// 0 = 20,000; less than 100 = 100.
	Followers int

	// Articles is the most articles that a sending day has. 0 = 3, negative = none.
	Articles int

	// Campaign is every how many days a campaign of three days brings several
	// times as many followers as usual. 0 = a few days a year, by chance.
	Campaign int

	// RefreshToken lets a third-party platform act for the account. Empty = no
	// platform may.
	RefreshToken string

	// RotateRefreshToken: each use of the refresh token replaces it by a new one,
	// which comes with the answer.
	RotateRefreshToken bool
}

// account is the simulated state of an Account.
type account struct {
	Account
	seed uint64

	idle atomic.Bool

	mu          sync.Mutex
	spikes      map[calendar.Day]float64
	bad         map[calendar.Day]badHour
	corrections map[correction]float64
	after       []int64 // followers at anchor + i*blockDays
	before      []int64 // followers at anchor - i*blockDays
	used        map[string]usage
	stable      slot
	classic     slot
	platform    slot
	serial      int
	refresh     string
}

type correction struct {
	api string
	day calendar.Day
}

// usage counts the calls of an API on a day.
type usage struct {
	day calendar.Day
	n   int
}

func newAccount(a Account) *account {
	switch {
	case a.Followers == 0:
		a.Followers = 20_000
	case a.Followers < 100:
		a.Followers = 100
	}
	if a.Articles == 0 {
		a.Articles = 3
	}
	if a.Pages == 0 {
		a.Pages = 12
	}
	if a.AdUnits == 0 {
		a.AdUnits = 3
	}
	h := fnv.New64a()
	h.Write([]byte(a.AppID))
	return &account{
		Account:     a,
		seed:        h.Sum64(),
		spikes:      map[calendar.Day]float64{},
		bad:         map[calendar.Day]badHour{},
		corrections: map[correction]float64{},
		after:       []int64{int64(a.Followers)},
		before:      []int64{int64(a.Followers)},
		used:        map[string]usage{},
		refresh:     a.RefreshToken,
	}
}

// anchor is 2026-01-01, when an account has its Followers.
const anchor calendar.Day = 20454

const (
	growth    = 0.00025
	blockDays = 16
)

// people is the smooth number of followers that activity is in proportion to.
// Nobody is active in an idle account.
func (a *account) people(d calendar.Day) float64 {
	if a.idle.Load() {
		return 0
	}
	return float64(a.Followers) * math.Exp(growth*float64(d-anchor))
}

// spike is the factor of the failures of d.
func (a *account) spike(d calendar.Day) float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.spikes[d]; ok {
		return f
	}
	return 1
}

// badHour is an hour in which a share of the callbacks fails; hour is -1 on a
// day without one.
type badHour struct {
	hour  int
	share float64
}

func (a *account) badHour(d calendar.Day) badHour {
	a.mu.Lock()
	defer a.mu.Unlock()
	if b, ok := a.bad[d]; ok {
		return b
	}
	return badHour{hour: -1}
}

func (a *account) factor(api string, d calendar.Day) (float64, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f, ok := a.corrections[correction{api, d}]
	return f, ok
}

// spend counts one more call of an API and returns how many the day has had.
func (a *account) spend(api string, now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.used[api]
	if today := calendar.DayOf(now); u.day != today {
		u = usage{day: today}
	}
	u.n++
	a.used[api] = u
	return u.n
}

// spent returns how many calls of an API the day has had.
func (a *account) spent(api string, now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := a.used[api]; u.day == calendar.DayOf(now) {
		return u.n
	}
	return 0
}
