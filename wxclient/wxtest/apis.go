package wxtest

import (
	"cmp"
	"hash/crc32"
	"time"

	"github.com/wxexporter/wx_exporter/calendar"
)

// readiness tells whether WeChat has computed a day's data.
type readiness func(calendar.Day) bool

// maker makes the rows whose ref_date is d.
type maker func(a *account, d calendar.Day, ready readiness) []row

// The first days of the data.
const (
	firstDay     calendar.Day = 16405 // 2014-12-01
	firstPublish calendar.Day = 20393 // 2025-11-01
)

// api is what WeChat documents of one statistics API, in the narrowest reading.
type api struct {
	name    string
	form    *form        // how it is asked; nil: as the datacube APIs of Official Accounts
	types   string       // of the accounts that have it; "": Official Accounts
	span    calendar.Day // days a request may ask for, 1 = begin and end are equal
	first   calendar.Day
	old     bool // of the old article family, offline for most accounts
	delay   bool // the answer has is_delay
	sourced bool // user_source is a key, or the row has none
	rows    maker

	period func(calendar.Day) (calendar.Day, bool)                          // a request is for one that begins at begin; nil: for days
	whole  func(a *account, begin, end calendar.Day, ready readiness) []row // makes the rows in place of rows; nil: rows does, day by day
	empty  row                                                              // what an answer that is a row, without a list, has when there is none; nil: it has a list
	dated  bool                                                             // ref_date stands beside the list
}

// The 17 documented APIs and the four that replaced the article family.
var apis = []api{
	{name: "getusersummary", span: 7, first: firstDay, sourced: true, rows: (*account).userSummary},
	{name: "getusercumulate", span: 7, first: firstDay, rows: (*account).userCumulate},

	{name: "getupstreammsg", span: 7, first: firstDay, rows: (*account).messageRows},
	{name: "getupstreammsghour", span: 1, first: firstDay, rows: (*account).messageHourRows},
	{name: "getupstreammsgweek", span: 1, first: firstDay, rows: messagePeriodRows(week)},
	{name: "getupstreammsgmonth", span: 1, first: firstDay, rows: messagePeriodRows(month)},
	{name: "getupstreammsgdist", span: 15, first: firstDay, rows: (*account).distributionRows},
	{name: "getupstreammsgdistweek", span: 1, first: firstDay, rows: distributionPeriodRows(week)},
	{name: "getupstreammsgdistmonth", span: 1, first: firstDay, rows: distributionPeriodRows(month)},

	{name: "getinterfacesummary", span: 30, first: firstDay, rows: (*account).interfaceRows},
	{name: "getinterfacesummaryhour", span: 1, first: firstDay, rows: (*account).interfaceHourRows},

	{name: "getarticlesummary", span: 1, first: firstDay, old: true, rows: (*account).articleSummary},
	{name: "getarticletotal", span: 1, first: firstDay, old: true, rows: (*account).articleTotal},
	{name: "getuserread", span: 3, first: firstDay, old: true, sourced: true, rows: (*account).userRead},
	{name: "getuserreadhour", span: 1, first: firstDay, old: true, sourced: true, rows: (*account).userReadHour},
	{name: "getusershare", span: 7, first: firstDay, old: true, rows: (*account).userShare},
	{name: "getusersharehour", span: 1, first: firstDay, old: true, rows: (*account).userShareHour},

	{name: "getarticleread", span: 1, first: firstPublish, delay: true, sourced: true, rows: (*account).articleRead},
	{name: "getarticleshare", span: 1, first: firstPublish, delay: true, sourced: true, rows: (*account).articleShare},
	{name: "getbizsummary", span: 30, first: firstPublish, delay: true, sourced: true, rows: (*account).bizSummary},
	{name: "getarticletotaldetail", span: 1, first: firstPublish, delay: true, sourced: true, rows: (*account).articleTotalDetail},
}

// everyAPI are those of Official Accounts, of mini programs and of revenue.
var everyAPI = func() (all []*api) {
	for _, list := range [][]api{apis, miniAPIs, revenueAPIs} {
		for i := range list {
			p := &list[i]
			if p.form == nil {
				p.form = &datacube
			}
			all = append(all, p)
		}
	}
	return all
}()

func apiOf(name string) *api {
	for _, p := range everyAPI {
		if p.name == name {
			return p
		}
	}
	return nil
}

// APIs returns the names of the 21 statistics APIs of Official Accounts.
func APIs() []string { return names(apis) }

// MiniAPIs returns the names of the 11 statistics APIs of mini programs.
func MiniAPIs() []string { return names(miniAPIs) }

// RevenueAPIs returns the names of the four APIs, which are actions of one path, of
// accounts that show ads.
func RevenueAPIs() []string { return names(revenueAPIs) }

func names(list []api) []string {
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].name
	}
	return names
}

// refusal is how WeChat refuses the API to the account; the code 0 means that it
// does not.
func (p *api) refusal(a *account) (code int, message string) {
	switch {
	case p.form == &publisher && !a.Publisher:
		return 2009, "invalid publisher"
	case p.types != anyType && p.types != a.Type && p.form == &publisher:
		return 45010, "invalid action"
	case p.types != anyType && p.types != a.Type:
		return 48001, "api unauthorized"
	case p.old && !a.OldArticles:
		return offlineCode, offlineMessage
	}
	return 0, ""
}

// answers tells whether the API answers the account with data at all.
func (p *api) answers(a *account) bool {
	code, _ := p.refusal(a)
	return code == 0
}

// between returns the rows of some days, or of the period that they are.
func (p *api) between(a *account, begin, end calendar.Day, ready readiness) (rows []row) {
	if p.whole != nil {
		return p.weather(a, end, p.whole(a, begin, end, ready))
	}
	for d := begin; d <= end; d++ {
		rows = append(rows, p.day(a, d, ready)...)
	}
	return rows
}

// day returns the rows of one day, corrected and with WeChat's oddities.
func (p *api) day(a *account, d calendar.Day, ready readiness) []row {
	if d < p.first {
		return nil
	}
	return p.weather(a, d, p.rows(a, d, ready))
}

func (p *api) weather(a *account, d calendar.Day, rows []row) []row {
	if f, ok := a.factor(p.name, d); ok {
		for i := range rows {
			rows[i] = rows[i].scaled(f)
		}
	}
	dress(rows, p.sourced, a.dice(topicDress, d, int(crc32.ChecksumIEEE([]byte(p.name)))))
	return rows
}

// sample returns a row as the API would give it for a day near d, to make odd
// rows from. An account without any has one that is bare.
func (p *api) sample(a *account, d calendar.Day) row {
	always := func(calendar.Day) bool { return true }
	for x := max(d, p.first); x > max(d-62, p.first); x-- {
		if rows := p.day(a, x, always); len(rows) > 0 {
			return rows[0].dated(d)
		}
	}
	return row{{"ref_date", d.String()}, {"new_user", count(1)}, {"msg_count", count(1)}}
}

// computedAt is the moment at which WeChat has computed a day for an API of a form.
func (w *WeChat) computedAt(f *form, d calendar.Day) time.Time {
	return (d + 1).Start().Add(cmp.Or(w.options.ReadyAt, f.readyAt))
}

func (w *WeChat) readiness(f *form, now time.Time, late func(calendar.Day) time.Duration) readiness {
	return func(d calendar.Day) bool {
		at := w.computedAt(f, d)
		if late != nil {
			at = at.Add(late(d))
		}
		return !now.Before(at)
	}
}
