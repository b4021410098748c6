package wxtest

import (
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
	span    calendar.Day // days a request may ask for, 1 = begin and end are equal
	first   calendar.Day
	old     bool // of the old article family, offline for most accounts
	delay   bool // the answer has is_delay
	sourced bool // user_source is a key, or the row has none
	rows    maker
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

func apiOf(name string) *api {
	for i := range apis {
		if apis[i].name == name {
			return &apis[i]
		}
	}
	return nil
}

// APIs returns the names of the 21 statistics APIs.
func APIs() []string {
	names := make([]string, len(apis))
	for i := range apis {
		names[i] = apis[i].name
	}
	return names
}

// answers tells whether the API answers the account with data at all.
func (p *api) answers(a *account) bool { return !p.old || a.OldArticles }

// day returns the rows of one day, corrected and with WeChat's oddities.
func (p *api) day(a *account, d calendar.Day, ready readiness) []row {
	if d < p.first {
		return nil
	}
	rows := p.rows(a, d, ready)
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

// computedAt is the moment at which WeChat has computed a day.
func (w *WeChat) computedAt(d calendar.Day) time.Time {
	return (d + 1).Start().Add(w.options.ReadyAt)
}

func (w *WeChat) readiness(now time.Time, late func(calendar.Day) time.Duration) readiness {
	return func(d calendar.Day) bool {
		at := w.computedAt(d)
		if late != nil {
			at = at.Add(late(d))
		}
		return !now.Before(at)
	}
}
