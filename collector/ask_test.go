package collector

import (
	"fmt"
	"testing"
)

// TestUnfold: an entry of a list is read as the same object would be, also where it is
// written carelessly, and what cannot be read is counted.
func TestUnfold(t *testing.T) {
	const date, cut = "2026-11-20", "\xe6\xa8"
	item := `{"ad_slot":"s","date":"2026-11-20","income":1}`
	for _, c := range []struct {
		row     string
		income  int // 0: there is no sample
		invalid int
	}{
		{`{"ad_unit_id":"u","stat_item":[` + item + `]}`, 1, 0},
		{`{"ad_unit_id":"u","ad_unit_name":"` + cut + `","stat_item":[` + item + `]}`, 1, 0},
		{`{"ad_unit_id":"u","` + cut + `":1,"stat_item":[` + item + `]}`, 1, 0},
		{`{"ad_unit_id":"u","ad_unit_id":"v","stat_item":[` + item + `]}`, 1, 0},
		{`{"ad_unit_id":"u","stat_item":[{"ad_slot":"s","date":"2026-11-20","income":1,"income":2}]}`, 2, 0},
		{`{"ad_unit_id":"u","more":{"a":1,"a":2},"stat_item":[` + item + `]}`, 1, 0},
		{`{"ad_unit_id":"u","stat_item":[1]}`, 0, 1},
		{`{"ad_unit_id":"u","stat_item":[null]}`, 0, 1},
		{`{"ad_unit_id":"u","stat_item":7}`, 0, 1},
	} {
		_, api := familyOf(t, "publisher_adunit_general")
		answer := api.Split(rowsOf(t, c.row), date, date, 0)
		income := 0
		if day, ok := answer.Days[date]; ok {
			samples, err := api.Samples(day.JSON(), 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range samples {
				if s.Metric.Name == "wx_revenue_unit_income_fen" {
					income += int(s.Value)
				}
			}
		}
		if got, want := fmt.Sprint(income, answer.Dropped[DroppedInvalid]), fmt.Sprint(c.income, c.invalid); got != want {
			t.Errorf("%q: income and rows that were lost are %s, want %s", c.row, got, want)
		}
	}
}
