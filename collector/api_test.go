package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/internal/harness"
)

// card is a row of getcardsummary, an API that does not exist.
type card struct {
	RefDate string   `json:"ref_date"`
	CardID  *int64   `json:"card_id"`
	Views   *int64   `json:"view_count"`
	Rate    *float64 `json:"use_rate"`
	Shops   []shop   `json:"shops"`
}

type shop struct {
	ID     *int64 `json:"shop_id"`
	Owners []struct {
		Name string `json:"name"`
	} `json:"owners"`
}

// cardTotal is a row of getcardtotal, whose figures grow.
type cardTotal struct {
	RefDate string    `json:"ref_date"`
	Days    []cardDay `json:"days"`
	Card    struct {
		ID   *int64 `json:"card_id"`
		Name Text   `json:"name"`
	} `json:"card"`
	Colours []struct {
		Colour string `json:"colour"`
	} `json:"colours"`
}

type cardDay struct {
	StatDate string `json:"stat_date"`
	Shops    []shop `json:"shops"`
	Views    *int64 `json:"view_count"`
}

// cardFamily has all that it takes to add an API: a row type and an entry.
func cardFamily() Family {
	byCard := []Label{code("card", "card_id")}
	f := Family{Name: "card", APIs: []API{
		{
			Name: "getcardsummary", Span: 3, Row: card{}, Key: byCard,
			Groups: []Group{{Labels: byCard, Gauges: []Gauge{
				{Name: "wx_card_views", Help: "Views of the card.", Unit: "times", Field: "view_count"},
				{Name: "wx_card_use_ratio", Help: "Share of the viewers who used it.", Unit: "0 to 1", Field: "use_rate x 0.01"},
			}}},
		},
		{Name: "getcardtotal", Span: 1, Row: cardTotal{}, Key: []Label{code("card", "card.card_id")}, Stats: "days.stat_date", Grows: 3},
	}}
	for i := range f.APIs {
		f.APIs[i].resolve()
	}
	return f
}

func TestAnotherAPI(t *testing.T) {
	rows, err := readAnswer(t.Context(), []byte(`{"list":[{"ref_date":"2026-11-19","card_id":7,"view_count":0},
		{"use_rate":12.5,"card_id":8,"view_count":31,"ref_date":"2026-11-20"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	f, days := cardFamily(), stored{}
	days.put("getcardsummary", f.APIs[0].Split(rows, "2026-11-18", "2026-11-20", articlesPerDay))
	want := `# HELP wx_card_use_ratio Share of the viewers who used it. From getcardsummary, field use_rate x 0.01.
# TYPE wx_card_use_ratio gauge
wx_card_use_ratio{account="brand",card="8",date="2026-11-20"} 0.125
# HELP wx_card_views Views of the card. From getcardsummary, field view_count.
# TYPE wx_card_views gauge
wx_card_views{account="brand",card="7",date="2026-11-19"} 0
wx_card_views{account="brand",card="8",date="2026-11-20"} 31
# HELP wx_latest_card_use_ratio Share of the viewers who used it. From getcardsummary, field use_rate x 0.01; of the day of wx_latest_date_timestamp_seconds, and none while a later day is known to be empty.
# TYPE wx_latest_card_use_ratio gauge
wx_latest_card_use_ratio{account="brand",card="8"} 0.125
# HELP wx_latest_card_views Views of the card. From getcardsummary, field view_count; of the day of wx_latest_date_timestamp_seconds, and none while a later day is known to be empty.
# TYPE wx_latest_card_views gauge
wx_latest_card_views{account="brand",card="8"} 31
# HELP wx_latest_date_timestamp_seconds The newest day for which WeChat returned rows of the API; the value is its 00:00 Beijing time.
# TYPE wx_latest_date_timestamp_seconds gauge
wx_latest_date_timestamp_seconds{account="brand",api="getcardsummary",date="2026-11-20"} 1.795104e+09
`
	if diff := cmp.Diff(want, harness.Exposed(t, pedantic(t, f, days))); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}

// TestWrongTablesPanic: a mistake in a table is found when the program starts,
// not when WeChat answers.
func TestWrongTablesPanic(t *testing.T) {
	gauge := func(a *API) *Gauge { return &a.Groups[0].Gauges[0] }
	for _, c := range []struct {
		change func(*API)
		panics string // a part of the message; empty: the table is right
	}{
		{func(*API) {}, ""},
		{func(a *API) { a.Key = []Label{code("card", "card")} }, "no field card"},
		{func(a *API) { a.Groups[0].Labels = []Label{code("card", "shops.id")} }, "no field id of shops.id"},
		{func(a *API) { gauge(a).Field = "views" }, "no field views"},
		{func(a *API) { gauge(a).Field = "view_count / users" }, "no field users"},
		{func(a *API) { gauge(a).Field = "view_count x ten" }, "ten"},
		{func(a *API) { a.Groups[0].Each = "details" }, "no field details"},
		{func(a *API) { a.Stats = "shops.stat_date" }, "no field stat_date"},
		{func(a *API) { a.Reads = "readers" }, "no field readers"},
		{func(a *API) { gauge(a).Field = "shops.shop_id" }, "does not go through the lists of shops.shop_id"},
		{func(a *API) { a.Groups[0].Labels = []Label{code("shop", "shops.shop_id")} }, "does not go through the lists of shops.shop_id"},
		{func(a *API) { a.Groups[0].Words, gauge(a).Field = []string{"user"}, "*_count" }, "no field user_count"},
		{func(a *API) { a.Row = shop{} }, "no field ref_date"},
	} {
		api := cardFamily().APIs[0]
		c.change(&api)
		message := panicOf(api.resolve)
		if (message == "") != (c.panics == "") || !strings.Contains(message, c.panics) {
			t.Errorf("it panics with %q, want %q", message, c.panics)
		}
	}
}

// panicOf returns what f panics with; "" when it does not.
func panicOf(f func()) (message string) {
	defer func() {
		if v := recover(); v != nil {
			message = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}

// TestUnreadableDay: a day whose rows another version wrote, or that is damaged, is
// left out and told of; the others are shown.
func TestUnreadableDay(t *testing.T) {
	f, _ := familyOf(t, "getusercumulate")
	days := stored{"getusercumulate": {
		{"2026-11-18", []byte(`[{"ref_date":"2026-11-18","cumulate_user":7}]`)},
		{"2026-11-19", []byte(`[{"ref_date":"2026-11-19","cumulate_user":"eight"}]`)},
		{"2026-11-20", []byte(`[{"ref_date":"2026-11-20","cumulate_user":9},{`)},
	}}
	var unreadable []string
	r := newRegistry(&Series{
		Family: f, Account: "brand", Labels: map[string]string{"team": "growth"},
		Days:       func(api API) ([]Day, error) { return days[api.Name], nil },
		Unreadable: func(api, date string, err error) { unreadable = append(unreadable, api+" "+date) },
	})
	unreadable = nil // it was collected once, to be described
	got := harness.Samples(t, harness.Exposed(t, r))
	want := harness.Series{
		`wx_cumulate_users{account="brand",date="2026-11-18",team="growth"}`:                                      "7",
		`wx_latest_cumulate_users{account="brand",team="growth"}`:                                                 "7",
		`wx_latest_date_timestamp_seconds{account="brand",api="getusercumulate",date="2026-11-18",team="growth"}`: "1.7949312e+09",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"getusercumulate 2026-11-19", "getusercumulate 2026-11-20"}, unreadable); diff != "" {
		t.Errorf("unreadable: - want, + got:\n%s", diff)
	}
}

// TestStat: the newest day that growing figures include stands with the day's
// rows, wherever it stands in them.
func TestStat(t *testing.T) {
	_, api := familyOf(t, "getarticletotal")
	for rows, want := range map[string]string{
		`{"ref_date":"2026-11-18","msgid":"1","details":[{"stat_date":"2026-11-20"},{"stat_date":"2026-11-19"}]},{"ref_date":"2026-11-18","msgid":"2","details":[{"stat_date":"2026-11-18"}]}`: "2026-11-20",
		`{"ref_date":"2026-11-18","msgid":"1","details":[{"stat_date":"soon"},{"stat_date":"2026-11-18","share_user":1}]}`:                                                                     "2026-11-18",
		`{"ref_date":"2026-11-18","msgid":"1","details":[]},{"ref_date":"2026-11-18","msgid":"2"}`:                                                                                             "",
	} {
		if got := api.Split(rowsOf(t, rows), "2026-11-18", "2026-11-18", 0).Days["2026-11-18"].Stat; got != want {
			t.Errorf("%s: figures up to %q, want %q", rows, got, want)
		}
	}
}
