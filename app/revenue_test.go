package app

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/internal/harness"
	"github.com/wxexporter/wx_exporter/wxclient/wxtest"
)

// TestRevenueIsShownToThoseWhoAsk: what ads earn is not polled, and on no page, unless the
// flag, its variable or the account asks for it; and not if the flag says no.
func TestRevenueIsShownToThoseWhoAsk(t *testing.T) {
	mall := wxtest.DemoAccounts()[2]
	for name, c := range map[string]struct {
		args     []string
		variable string
		listed   bool
		want     bool
	}{
		"by default":                       {},
		"with the flag":                    {args: []string{"--collector.revenue"}, want: true},
		"with the variable":                {variable: "true", want: true},
		"where the account lists it":       {listed: true, want: true},
		"listed, and the flag says no":     {args: []string{"--no-collector.revenue"}, listed: true},
		"listed, and the variable says no": {variable: "false", listed: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := harness.WeChat(wxtest.Options{})
			dir := t.TempDir()
			config := harness.Config(harness.Serve(t, w), []wxtest.Account{mall}, "window: {daily: 3, article: 1}")
			if c.listed {
				config = strings.Replace(config, "app_id:", "collectors: [revenue, miniops], app_id:", 1)
			}
			if c.variable != "" {
				t.Setenv("WX_EXPORTER_COLLECTOR_REVENUE", c.variable)
			}
			args := append([]string{"--no-collector.mini", "--config.file=" + harness.Write(t, dir, "config.yml", config), "--storage.path=" + filepath.Join(dir, "data")}, c.args...)
			s := start(t, nil, args...)
			harness.Eventually(t, "the first fill", func() bool { return harness.Filled(s.Scrape(t), mall.Name) })
			for _, path := range []string{"/metrics", "/metrics?collect[]=revenue", "/probe?target=mall", "/probe?target=mall&collect[]=revenue"} {
				status, body := s.Get(t, path)
				if shown := strings.Contains(body, "\nwx_revenue_slot_income_fen{"); status != http.StatusOK || shown != c.want {
					t.Errorf("%s answers %d and shows revenue: %v, want %v", path, status, shown, c.want)
				}
			}
			if n := w.Count("", "publisher_adpos_general"); n > 0 != c.want {
				t.Errorf("WeChat is asked %d times", n)
			}
		})
	}
}
