package wxtest

import (
	"fmt"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
)

func TestCumulateIsTheDayBeforePlusNewMinusCancel(t *testing.T) {
	w, _ := newTest(t, "2027-03-01 12:00:00")
	total := func(d calendar.Day) int64 {
		return sum(decoded(t, w.Rows(oldID, "getusercumulate", d)), "cumulate_user", nil)
	}
	// Around the first day, around the anchor, and up to now.
	for _, from := range []string{"2014-12-01", "2019-02-20", "2025-12-20", "2027-02-01"} {
		begin := calendartest.Day(t, from)
		for d := begin + 1; d < begin+27; d++ {
			rows := decoded(t, w.Rows(oldID, "getusersummary", d))
			came, left := sum(rows, "new_user", nil), sum(rows, "cancel_user", nil)
			if total(d) != total(d-1)+came-left {
				t.Errorf("%s: %d followers after %d, +%d -%d", d, total(d), total(d-1), came, left)
			}
		}
	}
	if n := total(calendartest.Day(t, "2026-01-01")); n != 50_000 {
		t.Errorf("%d followers at the start of 2026, want Account.Followers", n)
	}
}

func TestFollowersStayPositive(t *testing.T) {
	for i := range 30 {
		a := newAccount(Account{AppID: fmt.Sprintf("wx%016x", i), Followers: []int{1, 150, 5_000}[i%3]})
		least := a.followers(firstDay)
		for d := firstDay; d < anchor+3650; d += 97 {
			least = min(least, a.followers(d))
		}
		if least <= 0 {
			t.Errorf("account %d of %d followers had %d once", i, a.Followers, least)
		}
	}
}

func TestUnfollowsFollowFollows(t *testing.T) {
	a := newAccount(testAccounts()[0])
	var after, usual, campaigns, days float64
	for d := anchor; d < anchor+730; d++ {
		var week float64
		for x := d - 7; x < d; x++ {
			week += float64(a.arrivals(x)) / 7
		}
		next := float64(a.leavers(d + 1))
		if float64(a.arrivals(d)) > 2*week {
			after, campaigns = after+next, campaigns+1
		} else {
			usual, days = usual+next, days+1
		}
	}
	if campaigns < 5 || after/campaigns < 1.2*usual/days {
		t.Errorf("%v unfollows on the days after %v campaigns, %v on others", after/campaigns, campaigns, usual/days)
	}
}
