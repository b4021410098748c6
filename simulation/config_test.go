package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// fill is how many requests for older days an API may make on a day.
func (c Config) fill() int {
	if c.Fill > 0 {
		return c.Fill
	}
	return 20
}

func (c Config) retry() time.Duration { return time.Duration(c.Retry) * time.Minute }

// length is how many days the window has for an API.
func (c Config) length(d *document) int {
	return map[kind]int{daily: c.Daily, weekly: c.Daily, monthly: c.Daily, halfMonthly: c.Daily, hourly: c.Hourly, article: c.Article}[d.kind]
}

func (w *world) configFile() string { return filepath.Join(filepath.Dir(w.dir), "config.yml") }

// writeConfig writes the configuration that the world has now.
func (w *world) writeConfig() {
	if err := os.WriteFile(w.configFile(), []byte(w.config()), 0o600); err != nil {
		w.breaks(0, "the world cannot write the configuration: %v", err)
	}
}

func (w *world) config() string {
	var b strings.Builder
	c := w.applied.Config
	b.WriteString("api: {requests_per_second: 1000000000}\n")
	fmt.Fprintf(&b, "poll: {retry_interval: %dm, settle_days: %d", c.Retry, c.Settle)
	if c.NotBefore >= 0 {
		fmt.Fprintf(&b, ", not_before: \"%02d:00\"", c.NotBefore)
	}
	fmt.Fprintf(&b, "}\nwindow: {daily: %d, hourly: %d, article: %d, pages_per_day: %d}\n", c.Daily, c.Hourly, c.Article, c.Pages)
	if c.Since > 0 {
		fmt.Fprintf(&b, "history: {since: %s, calls_per_day: %d}\n", w.begin.AddDate(0, 0, -c.Since).In(beijing).Format(time.DateOnly), c.fill())
	}
	if c.Retention > 0 {
		fmt.Fprintf(&b, "storage: {retention: %d}\n", c.Retention)
	}
	if c.Receivers > 0 {
		b.WriteString("remote_write:\n")
		for i := range c.Receivers {
			fmt.Fprintf(&b, "  - {name: r%d, url: 'http://r%d.receiver.example/api/v1/write'}\n", i, i)
		}
	}
	b.WriteString("accounts:\n")
	for i, a := range w.applied.Accounts {
		if !w.present[i] {
			continue
		}
		fmt.Fprintf(&b, "  - {name: %s, app_id: %s, app_secret: %s", w.names[i], appID(i), w.secrets[i])
		if kind := a.declared(); kind != "" {
			b.WriteString(", type: " + kind)
		}
		if a.Collectors != nil {
			fmt.Fprintf(&b, ", collectors: [%s]", strings.Join(a.Collectors, ", "))
		}
		if w.labels[i] != "" {
			fmt.Fprintf(&b, ", labels: {team: %s}", w.labels[i])
		}
		b.WriteString("}\n")
	}
	return b.String()
}
