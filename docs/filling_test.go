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
	var most, reading, single, mini, loading int
	for _, f := range collector.Families() {
		for _, api := range f.APIs {
			if api.Since != "" || api.Yesterday {
				continue // it does not go back so far
			}
			every := map[calendar.Period]int{calendar.Weekly: 7, calendar.Monthly: 30}[api.Period]
			requests, aDay := days/max(every, 1)/api.Span, cfg.History.CallsPerDay/api.Ask.Questions()
			took := (requests + aDay - 1) / aDay
			switch {
			case api.Ask.Questions() > 1:
				loading = took
			case !f.For(collector.Official):
				mini = max(mini, took)
			case api.Kind == collector.Hourly || api.Kind == collector.Article:
				single = max(single, took)
			case api.Name == "getuserread":
				reading = took
			default:
				most = max(most, took)
			}
		}
	}
	for file, texts := range map[string][2]string{
		"history.md":    {"Two years take %d days, `getuserread` %d, and hourly figures and articles %d", "The days of a mini program take %d days, too, and its load times %d,"},
		"zh/history.md": {"两年的数据需要 %d 天，`getuserread` 需要 %d 天，小时数据和文章需要 %d 天", "小程序的日数据同样需要 %d 天，启动耗时每一天要三次调用，需要 %d 天"},
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{fmt.Sprintf(texts[0], most, reading, single), fmt.Sprintf(texts[1], mini, loading)} {
			if !strings.Contains(strings.ReplaceAll(string(content), "\n", " "), want) {
				t.Errorf("%s does not say %q", file, want)
			}
		}
		if strings.Contains(string(content), "calls_per_day:") {
			t.Errorf("%s: the recipe has other calls than the default", file)
		}
	}
}
