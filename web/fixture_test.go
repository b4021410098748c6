package web_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/poll"
	"github.com/wxexporter/wx_exporter/wxclient"
)

// now is a Saturday morning in Beijing, and still Friday in most zones.
var now = time.Date(2026, 11, 21, 7, 46, 0, 0, calendar.Beijing).UTC()

// healthy is an account that all is well with.
func healthy(name string) poll.Status {
	s := poll.Status{Account: name, Up: true, Polled: true, Expiry: now.Add(95 * time.Minute)}
	today := calendar.DayOf(now)
	for _, f := range collector.Families() {
		if !f.For(collector.Official) || f.Off {
			continue
		}
		s.Families = append(s.Families, poll.FamilyStatus{
			Name: f.Name, Polled: true, Success: true, Duration: 1530 * time.Millisecond, LastSuccess: now.Add(-40 * time.Minute),
		})
		for i, api := range f.APIs {
			newest := api.Period.Newest(today - 1)
			s.APIs = append(s.APIs, poll.APIStatus{
				Family: f.Name, API: api.Name, State: "ok", Newest: newest,
				Asked: now.Add(-41 * time.Minute), Next: now.Add(14*time.Hour + 20*time.Minute), Calls: 1 + i%5,
				Quota: wxclient.Quota{Limit: 10000, Used: int64(1 + i%5)},
			})
		}
	}
	return s
}

// with returns the account with APIs changed.
func with(s poll.Status, change func(*poll.APIStatus), apis ...string) poll.Status {
	s.APIs = slices.Clone(s.APIs)
	for i := range s.APIs {
		if slices.Contains(apis, s.APIs[i].API) {
			change(&s.APIs[i])
		}
	}
	return s
}

// failedWith makes an API one that failed with an error.
func failedWith(state string, e wxclient.Error) func(*poll.APIStatus) {
	return func(a *poll.APIStatus) {
		e.API = a.API
		a.State, a.Error = state, &e
		a.Since, a.Next = now.Add(-3*time.Hour), now.Add(25*time.Minute)
	}
}

// late makes an API one whose newest days are not there yet.
func late(days int) func(*poll.APIStatus) {
	return func(a *poll.APIStatus) {
		a.State, a.OpenDays, a.Newest, a.Next = "open", days, a.Newest-calendar.Day(days), now.Add(20*time.Minute)
	}
}

// The errors of the tests, as package wxclient words them.
func spent() wxclient.Error {
	return wxclient.Error{Code: "45009", Action: wxclient.Tomorrow, Message: "reach max api daily quota limit rid: 6b0105e0-78dde6e4",
		Advice: "Wait until midnight in Beijing; if it comes back, see which other program calls this API for the account."}
}

func misread(why string) wxclient.Error {
	return wxclient.Error{Code: "invalid", Action: wxclient.Invalid, Message: "rows of the answer cannot be read: " + why, Advice: "See whether a newer version reads it."}
}

func offline() wxclient.Error {
	return wxclient.Error{Code: "47009", Action: wxclient.Offline, Message: "this api is offline, please use the new api rid: 6b0105e0-78dde6e5",
		Advice: "Nothing to mend: WeChat switched this API off for the account. Where it is one of the article collector, the publish collector replaces it."}
}

func denied() wxclient.Error {
	return wxclient.Error{Code: "48001", Action: wxclient.Denied, Message: "api unauthorized rid: 6b0105e0-78dde6e6",
		Advice: "See in the account's console whether the account is certified and has this interface permission."}
}

func busy() wxclient.Error {
	return wxclient.Error{Code: "timeout", Action: wxclient.Retry, Message: "no answer within 15s"}
}

func notAllowed() wxclient.Error {
	return wxclient.Error{API: "token", Code: "40164", Action: wxclient.Credentials, Message: "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 6b0105e0-78dde6e7",
		Advice: "Add 203.0.113.9 to the IP allow-list in the account's console, or reach WeChat through a proxy whose address is on it."}
}

var oldArticles = []string{"getarticlesummary", "getarticletotal", "getuserread", "getuserreadhour", "getusershare", "getusersharehour"}

// several are accounts in every state that there is.
func several() []poll.Status {
	brand := healthy("brand")
	brand.Labels = map[string]string{"team": "growth", "city": "上海"}

	store := with(healthy("store"), failedWith("offline", offline()), oldArticles...)
	store = with(store, late(2), "getinterfacesummary", "getinterfacesummaryhour")

	shop := with(healthy("shop"), failedWith("parked", spent()), "getuserread", "getuserreadhour")
	shop = with(shop, failedWith("failing", busy()), "getupstreammsgdist")
	shop = with(shop, failedWith("denied", denied()), "getbizsummary", "getarticleread", "getarticleshare", "getarticletotaldetail")
	shop.Up = false

	kiosk := refused(healthy("kiosk"))
	kiosk.Expiry = time.Time{}

	// The least urgent comes first: the page has to order them.
	return []poll.Status{brand, store, kiosk, starting("newcomer"), shop}
}

// refused has all APIs of an account that have not failed otherwise wait,
// because its address is not on the allow-list.
func refused(s poll.Status) poll.Status {
	problem := notAllowed()
	s.Up, s.Problem, s.APIs = false, &problem, slices.Clone(s.APIs)
	for i := range s.APIs {
		if a := &s.APIs[i]; a.Error == nil {
			a.State, a.Error, a.Since, a.Next = "failing", &problem, now.Add(-3*time.Hour), now.Add(6*time.Minute)
		}
	}
	return s
}

// starting is an account of which nothing is known yet.
func starting(name string) poll.Status {
	s := healthy(name)
	s.Up, s.Polled, s.Expiry = false, false, time.Time{}
	for i, f := range s.Families {
		s.Families[i] = poll.FamilyStatus{Name: f.Name}
	}
	for i, a := range s.APIs {
		s.APIs[i] = poll.APIStatus{Family: a.Family, API: a.API, State: "ok"}
	}
	return s
}

// fleet is n accounts, of which every tenth is refused and every fiftieth
// misses something else.
func fleet(n int) []poll.Status {
	var all []poll.Status
	for i := range n {
		s := with(healthy(fmt.Sprintf("account-%03d", i)), failedWith("offline", offline()), oldArticles...)
		if i%10 == 3 {
			s = refused(s)
		}
		if i%50 == 7 {
			s = with(s, failedWith("failing", busy()), "getupstreammsg")
			s.Up = false
		}
		all = append(all, s)
	}
	return all
}
