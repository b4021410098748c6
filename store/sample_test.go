package store

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// sampleAPIs are shapes of answers: rows of a day and the fields of a row.
var sampleAPIs = []struct {
	name   string
	rows   int
	fields []string
}{
	{"getusersummary", 12, []string{"user_source", "new_user", "cancel_user"}},
	{"getusercumulate", 1, []string{"user_source", "cumulate_user"}},
	{"getupstreammsg", 3, []string{"msg_type", "msg_user", "msg_count"}},
	{"getupstreammsghour", 40, []string{"ref_hour", "msg_type", "msg_user", "msg_count"}},
	{"getupstreammsgweek", 3, []string{"msg_type", "msg_user", "msg_count"}},
	{"getupstreammsgmonth", 3, []string{"msg_type", "msg_user", "msg_count"}},
	{"getupstreammsgdist", 4, []string{"count_interval", "msg_user"}},
	{"getupstreammsgdistweek", 4, []string{"count_interval", "msg_user"}},
	{"getupstreammsgdistmonth", 4, []string{"count_interval", "msg_user"}},
	{"getinterfacesummary", 1, []string{"callback_count", "fail_count", "total_time_cost", "max_time_cost"}},
	{"getinterfacesummaryhour", 24, []string{"ref_hour", "callback_count", "fail_count", "total_time_cost", "max_time_cost"}},
	{"getuserread", 7, readFields},
	{"getuserreadhour", 60, readFields},
	{"getusershare", 3, []string{"share_scene", "share_count", "share_user"}},
	{"getusersharehour", 20, []string{"ref_hour", "share_scene", "share_count", "share_user"}},
	{"getarticlesummary", 5, append([]string{"msgid"}, readFields...)},
	{"getarticletotal", 14, append([]string{"msgid", "target_user", "int_page_from_session_read_user", "int_page_from_feed_read_user"}, readFields...)},
	{"getbizsummary", 1, []string{"read_user", "share_user", "zaikan_user", "like_user", "comment_count", "collection_user"}},
	{"getarticleread", 5, []string{"msgid", "read_user"}},
	{"getarticleshare", 5, []string{"msgid", "share_user"}},
	{"getarticletotaldetail", 30, []string{"msgid", "read_user", "share_user", "zaikan_user", "like_user", "comment_count"}},
}

var readFields = []string{
	"user_source", "int_page_read_user", "int_page_read_count", "ori_page_read_user", "ori_page_read_count",
	"share_user", "share_count", "add_to_fav_user", "add_to_fav_count",
}

var sampleStart = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

func sampleDate(n int) string { return sampleStart.AddDate(0, 0, n).Format(time.DateOnly) }

// sampleDay returns the same day for the same arguments, always.
func sampleDay(account, api string, n int) Day {
	seed := fnv.New64a()
	fmt.Fprint(seed, account, api, n)
	rng := rand.New(rand.NewPCG(seed.Sum64(), 1))
	d := Day{Date: sampleDate(n), Record: Record{
		Fetched: sampleStart.AddDate(0, 0, n+1).Add(time.Duration(rng.IntN(36000)) * time.Second),
		Open:    rng.IntN(10) == 0,
	}}
	var rows []string
	for _, a := range sampleAPIs {
		if a.name != api {
			continue
		}
		for range a.rows {
			row := fmt.Sprintf(`{"ref_date":%q`, d.Date)
			for _, f := range a.fields {
				row += fmt.Sprintf(`,%q:%d`, f, rng.IntN(1<<rng.IntN(16)))
			}
			rows = append(rows, row+"}")
		}
	}
	d.Rows = []byte("[" + strings.Join(rows, ",") + "]")
	return d
}

func sampleDays(account, api string, from, to int) []Day {
	var days []Day
	for n := from; n <= to; n++ {
		days = append(days, sampleDay(account, api, n))
	}
	return days
}

// fill stores days 0 to days-1 of all APIs of accounts account0, account1, ...
func fill(tb testing.TB, s *Store, accounts, days int) {
	tb.Helper()
	for a := range accounts {
		account := fmt.Sprintf("account%d", a)
		for _, api := range sampleAPIs {
			s.Put(account, api.name, sampleDays(account, api.name, 0, days-1)...)
		}
	}
	if !s.Healthy() {
		tb.Fatal("the store cannot be filled")
	}
}

// sameDays reports how got differs from want; "" when it does not.
func sameDays(got, want []Day) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			return "missing " + want[i].Date
		case i >= len(want):
			return "too many, from " + got[i].Date
		}
		if d := sameDay(got[i], want[i]); d != "" {
			return d
		}
	}
	return ""
}

func sameDay(got, want Day) string {
	if got.Date != want.Date {
		return fmt.Sprintf("day %s instead of %s", got.Date, want.Date)
	}
	if !got.Fetched.Equal(want.Fetched) || got.Open != want.Open || !bytes.Equal(got.Rows, want.Rows) {
		return fmt.Sprintf("%s is fetched %v open %v %s, want fetched %v open %v %s", got.Date, got.Fetched, got.Open, got.Rows, want.Fetched, want.Open, want.Rows)
	}
	return ""
}
