package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/store"
)

// TestOpenMetrics: metrics together, their series together, the oldest first,
// and only days that are final.
func TestOpenMetrics(t *testing.T) {
	o := store.Options{Path: t.TempDir()}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.SetAccounts(store.Account{ID: "wx1", Name: "brand", Labels: map[string]string{"team": "growth"}})
	s.SetAccounts(store.Account{ID: "wx2", Name: "shop"})
	for _, id := range []string{"wx2", "wx1"} {
		s.Put(id, "getusersummary",
			store.Day{Date: "2026-11-18", Rows: []byte(`[{"user_source":30,"new_user":1}]`), Fetched: time.Now()},
			store.Day{Date: "2026-11-19", Rows: []byte(`[{"user_source":0,"new_user":2},{"user_source":30,"new_user":3,"cancel_user":4}]`), Fetched: time.Now()},
			store.Day{Date: "2026-11-20", Rows: []byte(`[{"user_source":30,"new_user":5}]`), Fetched: time.Now(), Open: true},
			store.Day{Date: "2026-11-21", Rows: []byte(`[{"user_source":true}]`), Fetched: time.Now()})
	}
	r, err := store.OpenReader(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := r.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const head = "# HELP wx_history_new_users New followers by source. From getusersummary.\n# TYPE wx_history_new_users gauge\n"
	const next = "# HELP wx_history_cancel_users Users who unfollowed, by the source they had come from. From getusersummary.\n# TYPE wx_history_cancel_users gauge\n"
	for _, c := range []struct {
		names        []string
		since, until string
		want         string
		unreadable   int
	}{
		{nil, "", "", head +
			`wx_history_new_users{account="brand",source="0",team="growth"} 2 1795060800
wx_history_new_users{account="brand",source="30",team="growth"} 1 1794974400
wx_history_new_users{account="brand",source="30",team="growth"} 3 1795060800
wx_history_new_users{account="shop",source="0"} 2 1795060800
wx_history_new_users{account="shop",source="30"} 1 1794974400
wx_history_new_users{account="shop",source="30"} 3 1795060800
` + next + `wx_history_cancel_users{account="brand",source="30",team="growth"} 4 1795060800
wx_history_cancel_users{account="shop",source="30"} 4 1795060800
`, 2},
		{[]string{"shop"}, "2026-11-17", "2026-11-18", head + `wx_history_new_users{account="shop",source="30"} 1 1794974400
` + next, 0},
	} {
		accounts, err := Named(all, c.names)
		if err != nil {
			t.Fatal(err)
		}
		unreadable, told := 0, 0
		var out strings.Builder
		e := OpenMetrics{
			APIs: APIs(collector.Families(), []string{"user"})[:1], Accounts: accounts, Since: c.since, Until: c.until,
			Progress: func(string, int) { told++ }, Unreadable: func(string, string, string, error) { unreadable++ },
		}
		if err := e.Write(t.Context(), r, &out); err != nil {
			t.Fatal(err)
		}
		// Of other metrics there are no samples.
		got := out.String()
		rest := got[min(len(c.want), len(got)):]
		if diff := cmp.Diff(c.want, strings.TrimSuffix(got, rest)); diff != "" || !strings.HasSuffix(rest, "# EOF\n") || strings.Contains("\n"+rest, "\nwx_") {
			t.Errorf("-want +got:\n%s\nand then:\n%s", diff, rest)
		}
		if unreadable != c.unreadable || told == 0 {
			t.Errorf("%d unreadable days, want %d; progress %d", unreadable, c.unreadable, told)
		}
	}
	if _, err := Named(all, []string{"shop", "nobody"}); err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an account that is not there: %v", err)
	}
}

// TestOpenMetricsOfArticles: an export has all articles of a day, tells a day that it
// cannot read once, and counts the samples of all accounts.
func TestOpenMetricsOfArticles(t *testing.T) {
	o := store.Options{Path: t.TempDir()}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	accounts := []store.Account{{ID: "wx1", Name: "brand"}, {ID: "wx2", Name: "shop"}}
	for i, a := range accounts {
		s.SetAccounts(a)
		s.Put(a.ID, "getarticleshare",
			store.Day{Date: "2026-11-19", Rows: fmt.Appendf(nil, `[{"msgid":"1_%d","detail":{"share_user":7}},{"msgid":"2_1","detail":{"share_user":5}},{"msgid":"3_1","detail":{"share_user":1}}]`, i), Fetched: time.Now()},
			store.Day{Date: "2026-11-20", Rows: []byte(`[7]`), Fetched: time.Now()})
	}
	r, err := store.OpenReader(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	apis := slices.DeleteFunc(APIs(collector.Families(), []string{"publish"}), func(a collector.API) bool { return a.Name != "getarticleshare" })
	var told []int
	unreadable := map[string]int{}
	var out strings.Builder
	err = OpenMetrics{
		APIs: apis, Accounts: accounts, Progress: func(_ string, n int) { told = append(told, n) },
		Unreadable: func(account, api, date string, _ error) { unreadable[account+" "+api+" "+date]++ },
	}.Write(t.Context(), r, &out)
	if n := strings.Count(out.String(), "\nwx_history_publish_article_share_users{"); err != nil || n != 6 {
		t.Errorf("%d samples, %v:\n%s", n, err, out.String())
	}
	if !slices.Equal(told, []int{3, 6}) {
		t.Errorf("progress %v", told)
	}
	if want := map[string]int{"brand getarticleshare 2026-11-20": 1, "shop getarticleshare 2026-11-20": 1}; !maps.Equal(unreadable, want) {
		t.Errorf("unreadable %v, want %v", unreadable, want)
	}
}
