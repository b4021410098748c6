package figures

import (
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/calendar/calendartest"
	"github.com/wxexporter/wx_exporter/collector"
)

// TestSince: of days the page has as many as it says. Of retention it has those of which who
// came again after 30 days is known.
func TestSince(t *testing.T) {
	today := calendartest.Day(t, "2026-11-30")
	for _, f := range collector.Families() {
		for _, api := range f.APIs {
			if api.Kind != collector.Daily || api.Period != calendar.Daily {
				continue
			}
			for _, span := range Spans[:2] {
				days := int(today - Since(api, span, today))
				if len(api.Later) > 0 {
					if days < 31 {
						t.Errorf("%s: nobody of the %d days can have come again after 30", api.Name, days)
					}
				} else if days != span {
					t.Errorf("%s: the page of %d days has %d", api.Name, span, days)
				}
			}
		}
	}
}

// TestSinceHasAllSettlements: the page has the six newest half-months, on any day. The
// oldest of them began up to 107 days ago.
func TestSinceHasAllSettlements(t *testing.T) {
	for _, f := range collector.Families() {
		for _, api := range f.APIs {
			if api.Name != "publisher_settlement" {
				continue
			}
			for today, oldest := range map[string]string{
				"2026-11-30": "2026-08-16", "2026-12-01": "2026-09-01", "2026-12-16": "2026-09-16", "2028-03-01": "2027-12-01",
			} {
				if since := Since(api, Spans[0], calendartest.Day(t, today)); since > calendartest.Day(t, oldest) {
					t.Errorf("on %s the page begins on %s, the oldest half-month on %s", today, since, oldest)
				}
			}
		}
	}
}
