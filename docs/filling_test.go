package docs_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wxexporter/wx_exporter/calendar"
	"github.com/wxexporter/wx_exporter/collector"
	"github.com/wxexporter/wx_exporter/config"
)

// TestFillingTakesSoLong: how many days two years take to fill by the recipe of the
// documents, whose configuration leaves history.calls_per_day at its default.
func TestFillingTakesSoLong(t *testing.T) {
	const days = 2 * 365
	cfg := config.Default()
	var most, reading, single int
	for _, f := range collector.Families() {
		for _, api := range f.APIs {
			if api.Since != "" || !f.For(collector.Official) {
				continue // it does not go back so far
			}
			every := map[calendar.Period]int{calendar.Weekly: 7, calendar.Monthly: 30}[api.Period]
			requests := days / max(every, 1) / api.Span
			took := (requests + cfg.History.CallsPerDay - 1) / cfg.History.CallsPerDay
			switch {
			case api.Kind == collector.Hourly || api.Kind == collector.Article:
				single = max(single, took)
			case api.Name == "getuserread":
				reading = took
			default:
				most = max(most, took)
			}
		}
	}
	for file, text := range map[string]string{
		"history.md":    "Two years take %d days, `getuserread` %d, and hourly figures and articles %d",
		"zh/history.md": "两年的数据需要 %d 天，`getuserread` 需要 %d 天，小时数据和文章需要 %d 天",
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf(text, most, reading, single); !strings.Contains(strings.ReplaceAll(string(content), "\n", " "), want) {
			t.Errorf("%s does not say %q", file, want)
		}
		if strings.Contains(string(content), "calls_per_day:") {
			t.Errorf("%s: the recipe has other calls than the default", file)
		}
	}
}
