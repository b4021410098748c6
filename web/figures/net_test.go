package figures_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/web/figures"
	"github.com/wxexporter/wx_exporter/web/texts"
)

// TestNetGrowth: accounts that lose followers have a figure below 0, and stand before
// one that has none.
func TestNetGrowth(t *testing.T) {
	apis := collector.Families()[0].APIs
	day := calendar.Day(20_000)
	compared := func(name string, gained, lost int) figures.Compared {
		rows := fmt.Sprintf(`[{"ref_date":"%s","user_source":0,"new_user":%d,"cancel_user":%d}]`, day, gained, lost)
		return figures.Compared{
			Name: name, Newest: map[string]calendar.Day{"getusersummary": day},
			Days: map[string][]figures.Day{"getusersummary": {{Date: day, Rows: []byte(rows)}}},
		}
	}
	o := figures.All(texts.Chinese, apis, []figures.Compared{{Name: "empty"}, compared("shrinks", 2, 1302), compared("shrinks less", 0, 7)}, "net_users")
	var got []string
	for _, r := range o.Rows {
		got = append(got, r.Account+" "+r.Cells[len(r.Cells)-1].Text)
	}
	if got, want := strings.Join(got, ", "), "shrinks less −7, shrinks −1,300, empty –"; got != want || o.Columns[len(o.Columns)-1].Title != "净增关注" {
		t.Errorf("%v: %s, want %s", o.Columns, got, want)
	}
}
